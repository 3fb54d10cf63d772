"""The network interface that an insert gives its instance, and the addresses that it has there."""

from __future__ import annotations

import json

from cloudgpu.rehearsal.gce import addresses, vpc
from cloudgpu.rehearsal.gce.catalogue import MachineType, region_of
from cloudgpu.rehearsal.gce.errors import OperationError, bad_request, invalid
from cloudgpu.rehearsal.gce.links import fingerprint, reference
from cloudgpu.rehearsal.gce.state import Call, Cloud, Network, Resource

_NEEDS_GVNIC = frozenset({"a3", "a4", "a4x", "g4"})
_FIELD = "resource.networkInterfaces[0]"
_SHOWN = 80


def settled(cloud: Cloud, call: Call, machine_type: MachineType) -> list[Resource]:
    """Exactly one interface, on a network that is there; its `networkIP` is empty where its subnetwork has no address
    left. ApiError for anything else. Call with the lock held."""
    wanted = call.body.get("networkInterfaces") or []
    if not wanted:
        raise invalid("resource.networkInterfaces", "", "At least one network interface is required.")
    if len(wanted) > 1:
        raise invalid("resource.networkInterfaces", "", "Networks must be distinct for NICs attached to a VM.")
    entry, region = wanted[0], region_of(call.path["zone"])
    subnetwork = _subnetwork(cloud, call, entry, region)
    if machine_type.family in _NEEDS_GVNIC and entry.get("nicType") != "GVNIC":
        raise bad_request(f"{machine_type.name} machine type requires the GVNIC network interface type.")
    address = entry.get("networkIP") or vpc.free_address(cloud, subnetwork)
    found = {
        "kind": "compute#networkInterface",
        "name": "nic0",
        "network": subnetwork["network"],
        "subnetwork": subnetwork["selfLink"],
        "networkIP": address,
        "stackType": entry.get("stackType", "IPV4_ONLY"),
        "fingerprint": fingerprint(address),
    }
    if "nicType" in entry:
        found["nicType"] = entry["nicType"]
    if entry.get("accessConfigs"):
        found["accessConfigs"] = [_access(cloud, call, entry["accessConfigs"], region)]
    return [found]


def _subnetwork(cloud: Cloud, call: Call, entry: Resource, region: str) -> Resource:
    """The one that is named, or that of the named network, or that of `default`."""
    network = None
    if entry.get("network") or not entry.get("subnetwork"):
        network = _network(cloud, call, entry.get("network") or f"global/networks/{vpc.DEFAULT}")
    if text := entry.get("subnetwork"):
        field = f"{_FIELD}.subnetwork"
        project, place, name = reference(text, "subnetworks", field, call.project)
        found = vpc.subnetwork(cloud, project, place, name) if (project, place) == (call.project, region) else None
        if found is None:
            raise invalid(field, text, "The referenced subnetwork resource cannot be found.")
        if network and found["network"] != network.resource["selfLink"]:
            raise invalid(field, text, "The subnetwork does not belong to the network of the interface.")
        return found
    regional = vpc.automatic(network, region) if network else None
    if regional is None:
        shown = json.dumps(entry, indent=2).replace("\n", "")[:_SHOWN] + "..."
        raise invalid(_FIELD, shown, "Subnetwork should be specified for custom subnetmode network")
    return regional


def _network(cloud: Cloud, call: Call, text: str) -> Network:
    found = vpc.referenced(cloud, text, f"{_FIELD}.network", call.project)
    if found is None:
        raise invalid(f"{_FIELD}.network", text, "The referenced network resource cannot be found.")
    return found


def _access(cloud: Cloud, call: Call, configs: list[Resource], region: str) -> Resource:
    if len(configs) > 1:
        raise invalid(f"{_FIELD}.accessConfigs", "", "At most one access config is supported.")
    one = configs[0]
    if given := one.get("natIP"):
        reserved = addresses.holding(cloud, call.project, region, given)
        field = f"{_FIELD}.accessConfigs[0].natIP"
        if reserved is None:
            raise invalid(field, given, "The specified external IP address was not found.")
        if users := addresses.users(cloud, reserved):
            raise invalid(field, given, f"The specified external IP address is already in use by '{users[0]}'.")
    return {
        "kind": "compute#accessConfig",
        "type": one.get("type", "ONE_TO_ONE_NAT"),
        "name": one.get("name", "External NAT"),
        "networkTier": one.get("networkTier", "PREMIUM"),
        **({"natIP": given} if given else {}),
    }


def exhaustion(cloud: Cloud, interfaces: list[Resource]) -> OperationError | None:
    """The refusal where a subnetwork has no address left."""
    for one in interfaces:
        if not one["networkIP"]:
            _, _, path = one["subnetwork"].partition("/v1/")
            project, region, name = path.split("/")[1::2]
            cidr = (vpc.subnetwork(cloud, project, region, name) or {}).get("ipCidrRange", "")
            message = (
                f"IP space of '{path}' is exhausted. Insufficient free IP addresses in the IP range '{cidr}'. Consider "
                "expanding the current IP range or selecting an alternative IP range. If this is a secondary range, "
                "consider adding an additional secondary range."
            )
            return OperationError("IP_SPACE_EXHAUSTED_WITH_DETAILS", message, 400)
    return None
