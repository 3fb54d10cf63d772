"""Which machines can be had: machine type, accelerators and scheduling, as an insert asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from cloudgpu.rehearsal.gce import flex
from cloudgpu.rehearsal.gce.catalogue import ATTACHABLE, MachineType, accelerators, machine_types
from cloudgpu.rehearsal.gce.errors import ApiError, bad_request, invalid, not_found
from cloudgpu.rehearsal.gce.links import reference
from cloudgpu.rehearsal.gce.state import Call, Resource

SHORTEST_LIFE_SECONDS = 30
_LONGEST_LIFE_SECONDS = 120 * 86_400
_MACHINE, _SCHEDULING = "resource.machineType", "resource.scheduling"
# the machine types that are not sold on demand, and how they are
_NOT_ON_DEMAND = {
    **dict.fromkeys(("a3-highgpu-1g", "a3-highgpu-2g", "a3-highgpu-4g"), "SPOT, FLEX_START"),
    **dict.fromkeys(("a3-ultragpu-8g", "a4-highgpu-8g"), "SPOT, FLEX_START, RESERVATION_BOUND"),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """`accelerator` empty: no GPU. `attached`: the GPUs are none of the machine type's own."""

    machine_type: MachineType
    accelerator: str
    gpu_count: int
    attached: bool
    spot: bool
    scheduling: Resource


def checked(call: Call) -> Shape:
    """ApiError for a machine that Compute Engine would not make."""
    machine_type = _machine_type(call)
    accelerator, count, attached = _accelerators(call, machine_type)
    scheduling = _scheduling(call.body.get("scheduling", {}), machine_type, bool(accelerator))
    if scheduling["provisioningModel"] == "FLEX_START":
        flex.check(call, machine_type)
    else:
        flex.check_none(call)
    spot = scheduling["provisioningModel"] in ("SPOT", "FLEX_START")
    return Shape(machine_type, accelerator, count, attached, spot, scheduling)


def _machine_type(call: Call) -> MachineType:
    text = call.body.get("machineType", "")
    if not text:
        raise ApiError(400, "required", f"Required field '{_MACHINE}' not specified")
    _, zone, name = reference(text, "machineTypes", _MACHINE, call.project)
    if zone != call.path["zone"]:
        raise invalid(_MACHINE, text, f"The machine type must be in the zone of the instance, '{call.path['zone']}'.")
    found = machine_types()[zone].get(name)
    if found is None:
        raise invalid(_MACHINE, text, f"Machine type with name '{name}' does not exist in zone '{zone}'.")
    return found


def _accelerators(call: Call, machine_type: MachineType) -> tuple[str, int, bool]:
    wanted = call.body.get("guestAccelerators") or []
    if not wanted:
        return machine_type.accelerator, machine_type.gpu_count, False
    field, zone = "resource.guestAccelerators", call.path["zone"]
    if len(wanted) > 1:
        raise invalid(field, "", "At most one type of accelerator can be attached to an instance.")
    text, count = wanted[0].get("acceleratorType", ""), wanted[0].get("acceleratorCount", 0)
    _, place, name = reference(text, "acceleratorTypes", f"{field}[0].acceleratorType", call.project)
    if place != zone or name not in accelerators()[zone]:
        raise not_found(f"projects/{call.project}/zones/{place}/acceleratorTypes/{name}")
    if machine_type.accelerator:
        if (name, count) != (machine_type.accelerator, machine_type.gpu_count):
            raise _incompatible(name, machine_type)
        return name, count, False
    if name not in ATTACHABLE or machine_type.family != "n1":
        raise _incompatible(name, machine_type)
    if count not in ATTACHABLE[name]:
        allowed = f"[{', '.join(map(str, ATTACHABLE[name]))}]"
        why = f"Number of accelerator cards attached to an instance must be one of {allowed}."
        raise invalid(f"{field}[0].acceleratorCount", count, why)
    if machine_type.vcpus > ATTACHABLE[name][count]:
        why = (
            f"At most {ATTACHABLE[name][count]} vCPUs can be used along with {count} accelerator cards in an instance."
        )
        raise invalid(f"{field}[0].acceleratorCount", count, why)
    return name, count, True


def _incompatible(accelerator: str, machine_type: MachineType) -> ApiError:
    return bad_request(f"[{accelerator}, {machine_type.name}] features are not compatible for creating instance.")


def _scheduling(wanted: Resource, machine_type: MachineType, gpu: bool) -> Resource:
    """The scheduling with its defaults filled in."""
    model = wanted.get("provisioningModel") or ("SPOT" if wanted.get("preemptible") else "STANDARD")
    if wanted.get("preemptible") and model != "SPOT":
        why = "For preemptible, only allowed provisioning_model value is SPOT"
        raise invalid(f"{_SCHEDULING}.provisioningModel", model, why)
    if model == "RESERVATION_BOUND":
        raise invalid(f"{_SCHEDULING}.provisioningModel", model, "There is no reservation to be bound to.")
    spot = model != "STANDARD"
    if model == "SPOT" and wanted.get("automaticRestart"):
        why = "Scheduling must have preemptible be false when AutomaticRestart is true."
        raise invalid(f"{_SCHEDULING}.preemptible", "true", why)
    maintenance = wanted.get("onHostMaintenance") or ("TERMINATE" if model == "SPOT" else "MIGRATE")
    if spot and maintenance != "TERMINATE":
        why = f"one of the following valid types: [TERMINATE]. But was {maintenance}"
        raise invalid(
            f"{_SCHEDULING}.onHostMaintenance", maintenance, f"Scheduling must have onHostMaintenance be {why}"
        )
    if gpu and maintenance != "TERMINATE":
        raise bad_request("Instances with guest accelerators do not support live migration.")
    if machine_type.name in _NOT_ON_DEMAND and not spot:
        models = f"[{_NOT_ON_DEMAND[machine_type.name]}]"
        why = f"{machine_type.name} can be created with the provisioning models {models} only."
        raise invalid(f"{_SCHEDULING}.provisioningModel", model, why)
    check_end(wanted, model)
    return {
        **wanted,
        "onHostMaintenance": maintenance,
        "automaticRestart": wanted.get("automaticRestart", not spot),
        "preemptible": model == "SPOT",
        "provisioningModel": model,
    }


def check_end(wanted: Resource, model: str) -> None:
    """A life that ends by itself, and what happens then."""
    limited = "maxRunDuration" in wanted or "terminationTime" in wanted
    if "maxRunDuration" in wanted and "terminationTime" in wanted:
        raise invalid(_SCHEDULING, "", "Only one of maxRunDuration and terminationTime can be specified.")
    seconds = int(wanted.get("maxRunDuration", {}).get("seconds", 0))
    if "maxRunDuration" in wanted and not SHORTEST_LIFE_SECONDS <= seconds <= _LONGEST_LIFE_SECONDS:
        raise invalid(f"{_SCHEDULING}.maxRunDuration.seconds", seconds, "Must be between 30 seconds and 120 days.")
    if "terminationTime" in wanted and not _in_future(wanted["terminationTime"]):
        why = "Must be a time in the future, in RFC3339 text format."
        raise invalid(f"{_SCHEDULING}.terminationTime", wanted["terminationTime"], why)
    action = wanted.get("instanceTerminationAction")
    if action and model == "STANDARD" and not limited:
        raise invalid(
            f"{_SCHEDULING}.instanceTerminationAction",
            action,
            "You cannot specify a termination action for a VM instance that has the standard provisioning model "
            "(default). To use instance termination action, the VM instance must use the Spot, Reservation-Bound or "
            "Flex Start provisioning model.",
        )


def _in_future(text: str) -> bool:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")) > datetime.now(timezone.utc)
    except (ValueError, TypeError):
        return False
