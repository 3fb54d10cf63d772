"""Reserved external addresses, billed from the moment they are there. Packets on this computer go to the guests' own
addresses: a reserved one is kept, told of and charged for, and leads nowhere."""

from __future__ import annotations

import ipaddress
from collections import Counter
from decimal import Decimal

from cloudgpu.rehearsal.gce import operations, policies, quotas
from cloudgpu.rehearsal.gce.errors import ApiError, exists, in_use, invalid, not_found
from cloudgpu.rehearsal.gce.fields import check_labels, check_name
from cloudgpu.rehearsal.gce.links import fingerprint, link, new_id, now
from cloudgpu.rehearsal.gce.state import Call, Cloud, Resource

_HOURLY = Decimal("0.01")
# for documentation only (RFC 5737): nobody on the internet is meant
_POOL = (*ipaddress.ip_network("203.0.113.0/24").hosts(), *ipaddress.ip_network("198.51.100.0/24").hosts())


def _path(project: str, region: str, name: str) -> str:
    return f"projects/{project}/regions/{region}/addresses/{name}"


def insert(cloud: Cloud, call: Call) -> Resource:
    """An external one, whose number the cloud chooses."""
    body, region = call.body, call.path["region"]
    key = (call.project, region, body["name"])
    path, id = _path(*key), new_id()
    check_name(body["name"])
    check_labels(body.get("labels", {}))
    if body.get("addressType", "EXTERNAL") != "EXTERNAL" or body.get("address"):
        raise invalid("resource.addressType", body.get("addressType", ""), "Here are external addresses of our choice.")
    if key in cloud.addresses:
        raise exists(path)
    policies.check_region(cloud, call.project, region, path)
    if refused := quotas.beyond(cloud, call.project, Counter({("STATIC_ADDRESSES", region): 1})):
        raise ApiError(403, "quotaExceeded", refused.message)
    labels = body.get("labels", {})
    cloud.addresses[key] = {
        "kind": "compute#address",
        "id": id,
        "creationTimestamp": now(),
        "name": body["name"],
        **({"description": body["description"]} if body.get("description") else {}),
        "address": _free(cloud),
        "addressType": "EXTERNAL",
        "networkTier": body.get("networkTier", "PREMIUM"),
        "region": link(f"projects/{call.project}/regions/{region}"),
        **({"labels": labels} if labels else {}),
        "labelFingerprint": fingerprint(sorted(labels.items())),
        "selfLink": link(path),
    }
    cloud.world.ledger.open("gcp", "address", id, body["name"], _HOURLY)
    work = operations.Work(finish=lambda: None, undo=lambda: forget(cloud, key))
    return operations.begin(cloud, call, "insert", (path, id), work).resource


def _free(cloud: Cloud) -> str:
    taken = {one["address"] for one in cloud.addresses.values()}
    return next(str(one) for one in _POOL if str(one) not in taken)


def holding(cloud: Cloud, project: str, region: str, number: str) -> Resource | None:
    """The reserved address of that number. Call with the lock held."""
    for (owner, place, _), one in cloud.addresses.items():
        if (owner, place, one["address"]) == (project, region, number):
            return one
    return None


def users(cloud: Cloud, address: Resource) -> list[str]:
    """Links of the instances that have it. Call with the lock held."""
    return [
        link(machine.path)
        for machine in cloud.machines.values()
        for interface in machine.resource["networkInterfaces"]
        if any(one.get("natIP") == address["address"] for one in interface.get("accessConfigs", ()))
    ]


def _view(cloud: Cloud, address: Resource) -> Resource:
    found = users(cloud, address)
    return {**address, "status": "IN_USE", "users": found} if found else {**address, "status": "RESERVED"}


def _find(cloud: Cloud, call: Call) -> Resource:
    region, wanted = call.path["region"], call.path["address"]
    for (project, place, name), one in cloud.addresses.items():
        if (project, place) == (call.project, region) and wanted in (name, one["id"]):
            return one
    raise not_found(_path(call.project, region, wanted))


def get(cloud: Cloud, call: Call) -> Resource:
    return _view(cloud, _find(cloud, call))


def listed(cloud: Cloud, call: Call) -> list[Resource]:
    place = (call.project, call.path["region"])
    return [_view(cloud, one) for key, one in cloud.addresses.items() if key[:2] == place]


def scoped(cloud: Cloud, call: Call) -> list[tuple[str, Resource]]:
    own = [(key[1], one) for key, one in cloud.addresses.items() if key[0] == call.project]
    return [(f"regions/{region}", _view(cloud, one)) for region, one in own]


def delete(cloud: Cloud, call: Call) -> Resource:
    address = _find(cloud, call)
    key = (call.project, call.path["region"], address["name"])
    if found := users(cloud, address):
        raise in_use("address", _path(*key), found[0].partition("/v1/")[2])
    work = operations.Work(finish=lambda: forget(cloud, key))
    return operations.begin(cloud, call, "delete", (_path(*key), address["id"]), work).resource


def forget(cloud: Cloud, key: tuple[str, str, str]) -> None:
    """It is gone, and billed no more."""
    with cloud.lock:
        if gone := cloud.addresses.pop(key, None):
            cloud.world.ledger.close("gcp", "address", gone["id"])
