"""Is there a machine to be had? Rules say where not, and a refusal reads as the real ones do."""

from __future__ import annotations

from typing import Any

from cloudgpu.rehearsal.gce.catalogue import accelerators, machine_types, region_of, zones
from cloudgpu.rehearsal.gce.errors import OperationError
from cloudgpu.rehearsal.gce.settings.capacity import Capacity, Dry
from cloudgpu.rehearsal.gce.state import Cloud, Machine

_HELP = "https://cloud.google.com/compute/docs/resource-error"
_LATER = (
    "Alternatively, you can try your request again with a different VM hardware configuration or at a later time. For "
    "more information, see the troubleshooting documentation."
)


def dry(cloud: Cloud, machine: Machine, zone: str = "") -> Dry | None:
    """The rule that leaves this machine without capacity, in its own zone or another. Call with the lock held."""
    kind, model = _type(machine), machine.resource["scheduling"]["provisioningModel"]
    for rule in cloud.settings.capacity.dry:
        if rule.fits(zone or machine.zone, machine.accelerator, kind, model):
            return rule
    return None


def stockout(cloud: Cloud, machine: Machine, rule: Dry) -> OperationError:
    """The refusal by this rule; one of its times is used up. Call with the lock held."""
    rule.times -= rule.times > 0
    capacity = cloud.settings.capacity
    there = f"The zone 'projects/{machine.project}/zones/{machine.zone}' does not have enough resources available to"
    if not capacity.details:
        message = f"{there} fulfill the request.  Try a different zone, or try again later."
        return OperationError("ZONE_RESOURCE_POOL_EXHAUSTED", message, 503)
    state = "'NULL:0/NULL:0/NULL:0 (state:STOCKOUT, sub-state:STOCKOUT, resource type:compute)'."
    elsewhere = ",".join(_elsewhere(cloud, machine)) if capacity.hint else ""
    details = _details(machine, capacity, elsewhere)
    return OperationError(
        "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", f"{there} fulfill the request.  {state}", 503, details
    )


def _type(machine: Machine) -> str:
    return str(machine.resource["machineType"].rpartition("/")[2])


def _elsewhere(cloud: Cloud, machine: Machine) -> list[str]:
    """The other zones of the region that sell such a machine and have one."""
    region, kind = region_of(machine.zone), _type(machine)
    return [
        zone
        for zone in zones()
        if region_of(zone) == region
        and zone != machine.zone
        and kind in machine_types()[zone]
        and (not machine.accelerator or machine.accelerator in accelerators()[zone])
        and dry(cloud, machine, zone) is None
    ]


def _details(machine: Machine, capacity: Capacity, elsewhere: str) -> tuple[dict[str, Any], ...]:
    kind, count = _type(machine), len(machine.gpus)
    gpus = f" with {count} {machine.accelerator} accelerator(s)" if count else ""
    hint = (
        f"Consider trying your request in the {elsewhere.replace(',', ', ')} zone(s), which currently has capacity to "
        "accommodate your request. "
    )
    told = f"A {kind} VM instance{gpus} is currently unavailable in the {machine.zone} zone. "
    info = {
        "domain": "compute.googleapis.com",
        "reason": capacity.reason,
        "metadatas": {
            "attachment": f"{machine.accelerator}:{count}" if count else "",
            "vmType": kind,
            "zone": machine.zone,
            "zonesAvailable": elsewhere,
        },
    }
    return (
        {"help": {"links": [{"description": "Troubleshooting documentation", "url": _HELP}]}},
        {"localizedMessage": {"locale": "en-US", "message": f"{told}{hint if elsewhere else ''}{_LATER}"}},
        {"errorInfo": info},
    )
