"""What networks and subnetworks there are: an auto mode network has a subnetwork in each region, a custom one those
that were made. All is called with the lock held."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import cache

from cloudgpu.rehearsal.gce.catalogue import regions
from cloudgpu.rehearsal.gce.errors import not_ready
from cloudgpu.rehearsal.gce.links import fingerprint, link, reference, stable_id
from cloudgpu.rehearsal.gce.state import Cloud, Network, Resource

DEFAULT = "default"
USUAL_MTU = 1460
_FIRST_REGION = "us-central1"
_SINCE = "2026-01-05T00:00:00.000-08:00"


def of(cloud: Cloud, project: str) -> dict[str, Network]:
    """The project's networks by name."""
    known = cloud.settings.projects.get(project)
    if known is None:
        return {}
    if project not in cloud.networks:
        cloud.networks[project] = {DEFAULT: _default(project)} if known.begins_with_network else {}
    return cloud.networks[project]


def renew(cloud: Cloud, project: str) -> None:
    """The default network is there, or not, as the project's settings say now; others stay."""
    made = {name: one for name, one in cloud.networks.pop(project, {}).items() if name != DEFAULT}
    of(cloud, project).update(made)


def _default(project: str) -> Network:
    path = f"projects/{project}/global/networks/{DEFAULT}"
    description = "Default network for the project"
    return Network(project, True, network_resource(path, stable_id(path), _SINCE, description, {}))


def network_resource(path: str, id: str, since: str, description: str, wanted: Resource) -> Resource:
    return {
        "kind": "compute#network",
        "id": id,
        "creationTimestamp": since,
        "name": path.rpartition("/")[2],
        **({"description": description} if description else {}),
        "autoCreateSubnetworks": wanted.get("autoCreateSubnetworks", True),
        "routingConfig": {"routingMode": wanted.get("routingConfig", {}).get("routingMode", "REGIONAL")},
        "mtu": wanted.get("mtu") or USUAL_MTU,
        "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
        "selfLink": link(path),
    }


def referenced(cloud: Cloud, text: str, field: str, project: str) -> Network | None:
    """The network that a request means, if there is one. ApiError for a malformed reference or one that is not ready
    to be used."""
    owner, _, name = reference(text, "networks", field, project)
    found = of(cloud, owner).get(name) if owner == project else None
    if found is not None and not found.ready:
        raise not_ready(found.path)
    return found


def subnetwork_path(project: str, region: str, name: str) -> str:
    return f"projects/{project}/regions/{region}/subnetworks/{name}"


@cache
def _auto_ranges() -> dict[str, str]:
    """Region -> its part of 10.128.0.0/9 in every auto mode network."""
    order = sorted(regions(), key=lambda region: (region != _FIRST_REGION, region))
    return {region: f"10.{128 + 2 * number}.0.0/20" for number, region in enumerate(order)}


def within(cloud: Cloud, network: Network) -> Iterator[Resource]:
    """Those of one network."""
    if network.auto:
        yield from _automatic(network).values()
    else:
        own = network.resource["selfLink"]
        yield from (one for one in cloud.subnetworks.values() if one["network"] == own)


def automatic(network: Network, region: str) -> Resource | None:
    """The subnetwork that an auto mode network has in the region."""
    return _automatic(network).get(region) if network.auto else None


def _automatic(network: Network) -> dict[str, Resource]:
    if not network.regional:
        since = network.resource["creationTimestamp"]
        for region, cidr in _auto_ranges().items():
            where = subnetwork_path(network.project, region, network.name)
            id = stable_id(where + network.resource["id"])
            network.regional[region] = subnetwork_resource(network, where, id, since, cidr)
    return network.regional


def subnetwork_resource(network: Network, where: str, id: str, since: str, cidr: str) -> Resource:
    return {
        "kind": "compute#subnetwork",
        "id": id,
        "creationTimestamp": since,
        "name": where.rpartition("/")[2],
        "network": network.resource["selfLink"],
        "ipCidrRange": cidr,
        "gatewayAddress": str(ipaddress.ip_network(cidr)[1]),
        "region": link(where.partition("/subnetworks/")[0]),
        "privateIpGoogleAccess": False,
        "purpose": "PRIVATE",
        "stackType": "IPV4_ONLY",
        "fingerprint": fingerprint((where, cidr)),
        "selfLink": link(where),
    }


def subnetwork(cloud: Cloud, project: str, region: str, name: str) -> Resource | None:
    """By name or numeric id."""
    for one in subnetworks(cloud, project):
        if one["region"].endswith(f"/{region}") and name in (one["name"], one["id"]):
            return one
    return None


def subnetworks(cloud: Cloud, project: str) -> Iterator[Resource]:
    for network in of(cloud, project).values():
        yield from within(cloud, network)


def free_address(cloud: Cloud, subnetwork: Resource) -> str:
    """The lowest free internal address, the first two and last two being the network's own; none: nothing is free."""
    taken = {
        interface["networkIP"]
        for machine in cloud.machines.values()
        for interface in machine.resource["networkInterfaces"]
        if interface.get("subnetwork") == subnetwork["selfLink"]
    }
    cidr = ipaddress.ip_network(subnetwork["ipCidrRange"])
    hosts = (str(cidr[number]) for number in range(2, cidr.num_addresses - 2))
    return next((host for host in hosts if host not in taken), "")
