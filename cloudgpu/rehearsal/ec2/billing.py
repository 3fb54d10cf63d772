"""What would be billed now, and the ledger brought in line with it. Figures in USD per hour, us-east-1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal

from cloudgpu.rehearsal.credentials import ACCOUNT
from cloudgpu.rehearsal.ec2.market import Pool, on_demand
from cloudgpu.rehearsal.ec2.settings import Settings
from cloudgpu.rehearsal.ec2.settings.market import Prices, fixed
from cloudgpu.rehearsal.ec2.untyped import Backend, Instance
from cloudgpu.rehearsal.ledger import Ledger

_HOURS_A_MONTH = Decimal(730)
_ADDRESS = Decimal("0.005")
_GB_MONTH = {"gp3": "0.08", "gp2": "0.10", "io1": "0.125", "io2": "0.125", "st1": "0.045", "sc1": "0.015"}
_MAGNETIC_GB_MONTH, _SNAPSHOT_GB_MONTH = "0.05", "0.05"
_FREE_IOPS, _IOPS_MONTH = 3000, Decimal("0.005")
_FREE_MIB_S, _MIB_S_MONTH = 125, Decimal("0.04")


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str
    id: str
    name: str
    hourly: Decimal


class Bills:
    """Compares a region with what was billed there last. Call it after every change."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger, self._settings = ledger, settings
        self._open: dict[str, set[tuple[str, str]]] = {}

    def settle(self, ec2: Backend) -> None:
        """Open what is new, close what is gone."""
        before = self._open.get(ec2.region_name, set())
        now = {(line.kind, line.id): line for line in _billable(ec2, self._settings.spot_prices)}
        for key in before - now.keys():
            self._ledger.close("aws", *key)
        for key, line in now.items():
            if key not in before:
                self._ledger.open("aws", line.kind, line.id, line.name, line.hourly)
        self._open[ec2.region_name] = set(now)


def _billable(ec2: Backend, prices: Prices) -> Iterator[_Line]:
    for instance in ec2.all_instances():
        if instance.state == "running":
            yield _Line(
                "instance",
                instance.id,
                _name(ec2, instance.id),
                _hourly(instance, prices),
            )
            for interface in instance.nics.values():
                if interface.public_ip_auto_assign:
                    yield _Line("address", interface.id, _name(ec2, instance.id), _ADDRESS)
    for volume in ec2.volumes.values():
        yield _Line("disk", volume.id, _name(ec2, volume.id), _volume_hourly(volume))
    for address in ec2.addresses:
        yield _Line("address", str(address.allocation_id), _name(ec2, str(address.allocation_id)), _ADDRESS)
    for snapshot in ec2.snapshots.values():
        if snapshot.owner_id == ACCOUNT:
            monthly = Decimal(_SNAPSHOT_GB_MONTH) * snapshot.volume_size
            yield _Line("snapshot", snapshot.id, _name(ec2, snapshot.id), monthly / _HOURS_A_MONTH)
    for image in ec2.amis.values():
        if image.owner_id == ACCOUNT:  # costs nothing but its snapshot, which cannot go before it
            yield _Line("image", image.id, _name(ec2, image.id), Decimal(0))


def _name(ec2: Backend, resource_id: str) -> str:
    tags = ec2.tags.get(resource_id, {})
    return str(tags.get("Name") or tags.get("cloudgpu-name") or resource_id)


def _hourly(instance: Instance, prices: Prices) -> Decimal:
    """What it costs by the hour as it begins to run."""
    kind, zone = instance.instance_type, instance.placement.zone
    if instance.lifecycle != "spot":
        return on_demand(kind)
    return Pool(kind, zone, fixed(prices, kind, zone)).price(datetime.now(timezone.utc).replace(tzinfo=None))


def _volume_hourly(volume: Backend) -> Decimal:
    monthly = Decimal(_GB_MONTH.get(volume.volume_type, _MAGNETIC_GB_MONTH)) * volume.size
    if volume.volume_type == "gp3":
        monthly += _IOPS_MONTH * max(0, (volume.iops or 0) - _FREE_IOPS)
        monthly += _MIB_S_MONTH * max(0, (volume.throughput or 0) - _FREE_MIB_S)
    return Decimal(monthly) / _HOURS_A_MONTH
