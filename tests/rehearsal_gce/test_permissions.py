"""Who lacks a permission is told which one, and on what."""

from __future__ import annotations

from typing import Any

import pytest

from cloudgpu.rehearsal.gce import permissions
from cloudgpu.rehearsal.gce.discovery import read, trimmed
from cloudgpu.rehearsal.gce.state import Call, Cloud
from tests.rehearsal_gce.asking import ZONE, Api, instance
from tests.rehearsal_gce.conftest import Emulator

ONE = f"zones/{ZONE}/instances/one"
DISK = f"/zones/{ZONE}/disks/d"
ADDRESSES = "/regions/us-west1/addresses"
SUBNETWORK = "regions/us-central1/subnetworks/default"
RULE = {"name": "ssh", "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}]}


def deny(emulator: Emulator, api: Api, *permissions: str) -> None:
    emulator.app.configure({"projects": {api.project: {"denied": list(permissions)}}})


@pytest.mark.parametrize(
    ("permission", "verb", "path", "body", "resource"),
    [
        ("compute.projects.get", "GET", "", None, ""),
        ("compute.regions.list", "GET", "/regions", None, ""),
        ("compute.zones.get", "GET", f"/zones/{ZONE}", None, f"/zones/{ZONE}"),
        ("compute.regions.get", "GET", "/regions/us-west1", None, "/regions/us-west1"),
        ("compute.instances.list", "GET", f"/zones/{ZONE}/instances", None, ""),
        ("compute.instances.list", "GET", "/aggregated/instances", None, ""),
        ("compute.instances.get", "GET", f"/{ONE}", None, f"/{ONE}"),
        ("compute.instances.delete", "DELETE", f"/{ONE}", None, f"/{ONE}"),
        ("compute.instances.stop", "POST", f"/{ONE}/stop", None, f"/{ONE}"),
        ("compute.instances.start", "POST", f"/{ONE}/start", None, f"/{ONE}"),
        ("compute.instances.setDeletionProtection", "POST", f"/{ONE}/setDeletionProtection", None, f"/{ONE}"),
        ("compute.instances.getSerialPortOutput", "GET", f"/{ONE}/serialPort", None, f"/{ONE}"),
        ("compute.zoneOperations.get", "POST", f"/zones/{ZONE}/operations/o/wait", None, f"/zones/{ZONE}/operations/o"),
        ("compute.globalOperations.get", "GET", "/global/operations/o", None, "/global/operations/o"),
        ("compute.networks.create", "POST", "/global/networks", {"name": "mine"}, "/global/networks/mine"),
        ("compute.firewalls.create", "POST", "/global/firewalls", RULE, "/global/firewalls/ssh"),
        ("compute.networks.updatePolicy", "POST", "/global/firewalls", RULE, "/global/networks/default"),
        ("compute.firewalls.update", "PATCH", "/global/firewalls/ssh", RULE, "/global/firewalls/ssh"),
        ("compute.addresses.create", "POST", ADDRESSES, {"name": "a"}, f"{ADDRESSES}/a"),
        ("compute.images.create", "POST", "/global/images", {"name": "i"}, "/global/images/i"),
        ("compute.images.getFromFamily", "GET", "/global/images/family/f", None, "/global/images/family/f"),
        ("compute.disks.createSnapshot", "POST", f"{DISK}/createSnapshot", {"name": "s"}, DISK),
        ("compute.snapshots.create", "POST", f"{DISK}/createSnapshot", {"name": "s"}, "/global/snapshots/s"),
        ("compute.instances.create", "POST", f"/zones/{ZONE}/instances", instance(), f"/{ONE}"),
        ("compute.disks.create", "POST", f"/zones/{ZONE}/instances", instance(), f"/zones/{ZONE}/disks/one"),
        ("compute.subnetworks.use", "POST", f"/zones/{ZONE}/instances", instance(), f"/{SUBNETWORK}"),
        ("compute.subnetworks.useExternalIp", "POST", f"/zones/{ZONE}/instances", instance(), f"/{SUBNETWORK}"),
        ("compute.instances.setMetadata", "POST", f"/zones/{ZONE}/instances", instance(), f"/{ONE}"),
        ("compute.instances.setLabels", "POST", f"/zones/{ZONE}/instances", instance(), f"/{ONE}"),
    ],
)  # fmt: skip
def test_what_is_denied(
    api: Api, emulator: Emulator, permission: str, verb: str, path: str, body: Any, resource: str
) -> None:
    deny(emulator, api, permission)
    said = f"Required '{permission}' permission for 'projects/{api.project}{resource}'"
    assert api.refused(verb, path, body) == (403, "forbidden", said)


def test_a_machine_without_what_is_denied(api: Api, emulator: Emulator) -> None:
    deny(emulator, api, "compute.subnetworks.useExternalIp", "compute.instances.setServiceAccount")
    assert "error" not in api.insert(instance(networkInterfaces=[{"network": "global/networks/default"}]))
    assert api.get(f"/zones/{ZONE}/disks/one")["name"] == "one"


def test_everything_that_is_lacking_is_named(api: Api, emulator: Emulator) -> None:
    deny(emulator, api, "compute.subnetworks.use", "compute.disks.create")
    status, answer = api.ask("POST", f"/zones/{ZONE}/instances", instance())
    assert status == 403
    named = [one["message"].split("'")[1] for one in answer["error"]["errors"]]
    assert named == ["compute.disks.create", "compute.subnetworks.use"]
    assert answer["error"]["message"] == answer["error"]["errors"][0]["message"]


def test_an_image_of_ones_own(api: Api, emulator: Emulator) -> None:
    deny(emulator, api, "compute.images.useReadOnly")
    body = instance()
    body["disks"][0]["initializeParams"]["sourceImage"] = "global/images/mine"
    said = f"Required 'compute.images.useReadOnly' permission for 'projects/{api.project}/global/images/mine'"
    assert api.not_made(body) == (403, "forbidden", said)
    body["networkInterfaces"][0] = {"subnetwork": SUBNETWORK}
    deny(emulator, api, "compute.subnetworks.use")
    assert api.not_made(body)[2].endswith(f"'projects/{api.project}/{SUBNETWORK}'")


def test_who_may_not_lend_the_service_account(api: Api, emulator: Emulator) -> None:
    deny(emulator, api, "iam.serviceAccounts.actAs")
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    ended = api.insert(instance(serviceAccounts=[{"email": "default", "scopes": scopes}]))
    (error,) = ended["error"]["errors"]
    assert (error["code"], ended["httpErrorStatusCode"]) == ("SERVICE_ACCOUNT_ACCESS_DENIED", 400)
    assert error["message"].startswith("The user does not have access to service account '")
    assert api.refused("GET", f"/{ONE}")[0] == 404
    assert "error" not in api.insert(instance())


def test_every_method_needs_one(emulator: Emulator) -> None:
    """In Google's form, whatever is asked for."""
    cloud: Cloud = emulator.app._cloud
    for method in read(trimmed()).methods.values():
        path = {part[1:-1]: "x" for part in method.path if part.startswith("{")} | {"project": "p"}
        path |= {"zone": ZONE} if "zone" in path else {}
        for permission, resource in permissions.needed(cloud, Call(method, path, {}, {})):
            assert permission.startswith("compute."), method.id
            assert resource.startswith("projects/p"), method.id
