"""Is there an instance to be had? Rules say in which pools there is none, and a refusal reads as EC2's do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cloudgpu.rehearsal.ec2.engine import Engine
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.place import Place, not_sold_there
from cloudgpu.rehearsal.ec2.settings.capacity import NONE_LEFT, Capacity, Dry
from cloudgpu.rehearsal.ec2.untyped import Backend

NO_MORE = "Insufficient capacity."
NO_SPOT = "There is no Spot capacity available that matches your request."
ENDED_BEFORE_IT_RAN = (
    "Server.InsufficientInstanceCapacity",
    "Server.InsufficientInstanceCapacity: Insufficient capacity to satisfy instance request",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`volume_type`: of the root volume, which is made where the instance is."""

    instance_type: str
    spot: bool
    volume_type: str = "gp3"

    @property
    def market(self) -> str:
        return "spot" if self.spot else "on-demand"


@dataclass(frozen=True, slots=True)
class Found:
    """`late`: there is nothing there, and it turns out only later."""

    place: Place
    late: bool = False


def find(capacity: Capacity, engine: Engine, ec2: Backend, wanted: Wanted, place: Place) -> Found:
    """The place asked for; where no zone was named, another one of the region if that has none. Refused where there is
    none at all, in which case each rule that said so is used once."""
    subnets = {} if place.named else ec2.get_default_subnets()
    sold = engine.sold_in(ec2.region_name, wanted.instance_type)
    zones = [place.zone, *(zone for zone in sold if zone in subnets and zone != place.zone)]
    rules = {zone: _dry(capacity, wanted, zone) for zone in zones}
    for zone in sorted(zones, key=lambda one: (rules[one] is not None, zones.index(one))):
        rule = rules[zone]
        if rule is None or rule.late:
            if rule is not None:
                rule.times -= rule.times > 0
            return Found(_moved(place, zone, subnets), late=rule is not None)
    for rule in {id(rule): rule for rule in rules.values() if rule is not None}.values():
        rule.times -= rule.times > 0
    elsewhere = [zone for zone in sold if zone != place.zone and _dry(capacity, wanted, zone) is None]
    raise _refusal(capacity, wanted, place, elsewhere, sold)


def restart(capacity: Capacity, wanted: Wanted, zone: str) -> bool:
    """Is the instance, which can start in its own zone only, going to fail later? Refused where it fails at once."""
    rule = _dry(capacity, wanted, zone)
    if rule is None:
        return False
    rule.times -= rule.times > 0
    if rule.late:
        return True
    raise Refused(NONE_LEFT, NO_MORE, capacity.http_status, seconds=capacity.seconds)


def _dry(capacity: Capacity, wanted: Wanted, zone: str) -> Dry | None:
    return next((rule for rule in capacity.dry if rule.fits(zone, wanted.instance_type, wanted.market)), None)


def _moved(place: Place, zone: str, subnets: dict[str, Backend]) -> Place:
    if zone == place.zone:
        return place
    return replace(place, zone=zone, subnet_id=str(subnets[zone].id), vpc_id=str(subnets[zone].vpc_id))


def _refusal(
    capacity: Capacity, wanted: Wanted, place: Place, elsewhere: Sequence[str], sold: Sequence[str]
) -> Refused:
    if capacity.code == "Unsupported":
        return not_sold_there(wanted.instance_type, place.zone, [one for one in sold if one != place.zone])
    if capacity.code != NONE_LEFT:
        words = NO_MORE
    elif wanted.spot:
        words = NO_SPOT
    elif place.named:
        words = none_left(wanted.instance_type, place.zone, elsewhere if capacity.hint else ())
    else:
        words = _none_anywhere(wanted)
    return Refused(capacity.code, words, capacity.http_status, seconds=capacity.seconds)


def none_left(instance_type: str, zone: str, elsewhere: Sequence[str]) -> str:
    hint = (
        f" You can currently get {instance_type} capacity by not specifying an Availability Zone in your request or"
        f" choosing {', '.join(elsewhere)}."
    )
    return (
        f"We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested ({zone})."
        f" Our system will be working on provisioning additional capacity.{hint if elsewhere else ''}"
    )


def _none_anywhere(wanted: Wanted) -> str:
    return (
        f"We currently do not have sufficient {wanted.instance_type} capacity in zones with support for"
        f" '{wanted.volume_type}' volumes. Our system will be working on provisioning additional capacity."
    )
