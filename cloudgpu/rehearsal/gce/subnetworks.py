"""Subnetworks: asked for, made in custom mode networks, deleted."""

from __future__ import annotations

import ipaddress

from cloudgpu.rehearsal.gce import operations, vpc
from cloudgpu.rehearsal.gce.errors import exists, in_use, invalid, not_found
from cloudgpu.rehearsal.gce.fields import check_name
from cloudgpu.rehearsal.gce.links import new_id, now
from cloudgpu.rehearsal.gce.state import Call, Cloud, Resource

_LARGEST_PREFIX = 29


def get(cloud: Cloud, call: Call) -> Resource:
    found = vpc.subnetwork(cloud, call.project, call.path["region"], call.path["subnetwork"])
    if found is None:
        raise not_found(vpc.subnetwork_path(call.project, call.path["region"], call.path["subnetwork"]))
    return found


def listed(cloud: Cloud, call: Call) -> list[Resource]:
    return [one for one in vpc.subnetworks(cloud, call.project) if one["region"].endswith(f"/{call.path['region']}")]


def scoped(cloud: Cloud, call: Call) -> list[tuple[str, Resource]]:
    return [(f"regions/{one['region'].rpartition('/')[2]}", one) for one in vpc.subnetworks(cloud, call.project)]


def insert(cloud: Cloud, call: Call) -> Resource:
    """In a custom mode network."""
    body, region = call.body, call.path["region"]
    check_name(body.get("name"))
    text = body.get("network", "")
    network = vpc.referenced(cloud, text, "resource.network", call.project)
    if network is None:
        raise not_found(f"projects/{call.project}/global/networks/{text.rpartition('/')[2]}")
    if network.auto:
        why = "Cannot create subnetworks in a network with automatic subnetwork creation in its own address range."
        raise invalid("resource.network", text, why)
    where, cidr = vpc.subnetwork_path(call.project, region, body["name"]), _cidr(body.get("ipCidrRange", ""))
    key = (call.project, region, body["name"])
    if vpc.subnetwork(cloud, *key):
        raise exists(where)
    for other in vpc.within(cloud, network):
        if cidr.overlaps(ipaddress.ip_network(other["ipCidrRange"])):
            user = f"'{other['selfLink'].partition('/v1/')[2]}' in region '{other['region'].rpartition('/')[2]}'"
            raise invalid("resource.ipCidrRange", str(cidr), f"conflicts with existing subnetwork {user}.")
    resource = vpc.subnetwork_resource(network, where, new_id(), now(), str(cidr))
    cloud.subnetworks[key] = resource
    work = operations.Work(finish=lambda: None, undo=lambda: _forget(cloud, key))
    return operations.begin(cloud, call, "insert", (where, resource["id"]), work).resource


def _cidr(text: str) -> ipaddress.IPv4Network:
    try:
        cidr = ipaddress.IPv4Network(text)
    except ValueError:
        raise invalid(
            "resource.ipCidrRange", text, "Must be a CIDR address range that is contained by a VPC."
        ) from None
    if cidr.prefixlen > _LARGEST_PREFIX:
        raise invalid("resource.ipCidrRange", text, f"The prefix length must be at most {_LARGEST_PREFIX}.")
    return cidr


def delete(cloud: Cloud, call: Call) -> Resource:
    found = get(cloud, call)
    key = (call.project, call.path["region"], found["name"])
    where = vpc.subnetwork_path(*key)
    if key not in cloud.subnetworks:
        raise invalid("subnetwork", found["name"], "A subnetwork of an auto mode network goes with its network.")
    for machine in cloud.machines.values():
        if any(one.get("subnetwork") == found["selfLink"] for one in machine.resource["networkInterfaces"]):
            raise in_use("subnetwork", where, machine.path)
    work = operations.Work(finish=lambda: _forget(cloud, key))
    return operations.begin(cloud, call, "delete", (where, found["id"]), work).resource


def _forget(cloud: Cloud, key: tuple[str, str, str]) -> None:
    with cloud.lock:
        cloud.subnetworks.pop(key, None)
