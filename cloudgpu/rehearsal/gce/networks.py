"""Networks: every project has `default`, with a subnetwork in each region."""

from __future__ import annotations

from cloudgpu.rehearsal.gce.catalogue import regions
from cloudgpu.rehearsal.gce.errors import not_found
from cloudgpu.rehearsal.gce.links import link, stable_id
from cloudgpu.rehearsal.gce.state import Call, Cloud, Resource

DEFAULT = "default"


def _default(project: str) -> Resource:
    path = f"projects/{project}/global/networks/{DEFAULT}"
    return {
        "kind": "compute#network",
        "id": stable_id(path),
        "creationTimestamp": "2026-01-05T00:00:00.000-08:00",
        "name": DEFAULT,
        "description": "Default network for the project",
        "autoCreateSubnetworks": True,
        "subnetworks": [link(f"projects/{project}/regions/{region}/subnetworks/{DEFAULT}") for region in regions()],
        "routingConfig": {"routingMode": "REGIONAL"},
        "mtu": 1460,
        "selfLink": link(path),
    }


def get(_cloud: Cloud, call: Call) -> Resource:
    network = _default(call.project)
    if call.path["network"] in (DEFAULT, network["id"]):
        return network
    raise not_found(f"projects/{call.project}/global/networks/{call.path['network']}")


def listed(_cloud: Cloud, call: Call) -> list[Resource]:
    return [_default(call.project)]
