"""Networks: asked for, made and deleted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from cloudgpu.rehearsal.gce import operations, quotas, vpc
from cloudgpu.rehearsal.gce.errors import OperationError, exists, invalid, not_found
from cloudgpu.rehearsal.gce.fields import check_name
from cloudgpu.rehearsal.gce.links import new_id, now
from cloudgpu.rehearsal.gce.state import Call, Cloud, Network, Resource

_SMALLEST_MTU, _LARGEST_MTU = 1300, 8896


def view(cloud: Cloud, network: Network) -> Resource:
    return {**network.resource, "subnetworks": [one["selfLink"] for one in vpc.within(cloud, network)]}


def _find(cloud: Cloud, call: Call) -> Network:
    wanted = call.path["network"]
    for name, network in vpc.of(cloud, call.project).items():
        if wanted in (name, network.resource["id"]):
            return network
    raise not_found(f"projects/{call.project}/global/networks/{wanted}")


def get(cloud: Cloud, call: Call) -> Resource:
    return view(cloud, _find(cloud, call))


def listed(cloud: Cloud, call: Call) -> list[Resource]:
    return [view(cloud, network) for network in vpc.of(cloud, call.project).values()]


def insert(cloud: Cloud, call: Call) -> Resource:
    body = call.body
    check_name(body["name"])
    path = f"projects/{call.project}/global/networks/{body['name']}"
    if "autoCreateSubnetworks" not in body:
        raise invalid("resource.IPv4Range", body.get("IPv4Range", ""), "Legacy networks cannot be created any more.")
    mtu = body.get("mtu", vpc.USUAL_MTU)
    if mtu < _SMALLEST_MTU:
        raise invalid("resource.mtu", mtu, f"Must be greater than or equal to {_SMALLEST_MTU}")
    if mtu > _LARGEST_MTU:
        raise invalid("resource.mtu", mtu, f"Must be less than or equal to {_LARGEST_MTU}")
    known = vpc.of(cloud, call.project)
    if body["name"] in known:
        raise exists(path)
    resource = vpc.network_resource(path, new_id(), now(), body.get("description", ""), body)
    network = Network(call.project, body["autoCreateSubnetworks"], resource, ready=False)
    refused = quotas.beyond(cloud, call.project, Counter({("NETWORKS", ""): 1}))
    if not refused:
        known[network.name] = network

    def finish() -> None:
        with cloud.lock:
            network.ready = True

    work = operations.Work(finish=finish, undo=lambda: _forget(cloud, network))
    call = replace(call, failure=refused or call.failure)
    return operations.begin(cloud, call, "insert", (path, network.resource["id"]), work).resource


def delete(cloud: Cloud, call: Call) -> Resource:
    """That it is in use is found out by the operation, as it is there."""
    network = _find(cloud, call)

    def finish() -> OperationError | None:
        with cloud.lock:
            if user := _user(cloud, network):
                why = f"The network resource '{network.path}' is already being used by '{user}'"
                return OperationError("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", why, 400)
            _forget(cloud, network)
        return None

    work = operations.Work(finish=finish)
    return operations.begin(cloud, call, "delete", (network.path, network.resource["id"]), work).resource


def _user(cloud: Cloud, network: Network) -> str:
    """The path of something that is in this network, or nothing."""
    for (project, name), rule in cloud.firewalls.items():
        if rule["network"] == network.resource["selfLink"]:
            return f"projects/{project}/global/firewalls/{name}"
    for machine in cloud.machines.values():
        if any(one["network"] == network.resource["selfLink"] for one in machine.resource["networkInterfaces"]):
            return machine.path
    made = () if network.auto else vpc.within(cloud, network)
    return next((one["selfLink"].partition("/v1/")[2] for one in made), "")


def _forget(cloud: Cloud, network: Network) -> None:
    with cloud.lock:
        if cloud.networks.get(network.project, {}).get(network.name) is network:
            del cloud.networks[network.project][network.name]
