"""What an organisation forbids, in the words of the real refusals (public issues, and Google's own documentation)."""

from __future__ import annotations

from typing import Any

import pytest

from cloudgpu.rehearsal.gce.settings import project_number
from tests.rehearsal_gce.asking import ZONE, Api, eventually, instance
from tests.rehearsal_gce.conftest import Emulator

ONE = f"/zones/{ZONE}/instances/one"
SHIELD = {"enableSecureBoot": True, "enableVtpm": True, "enableIntegrityMonitoring": True}


def lay_down(emulator: Emulator, api: Api, **policies: Any) -> None:
    named = {name.replace("_", ".", 1): one for name, one in policies.items()}
    emulator.app.configure({"projects": {api.project: {"policies": named}}})


def inside() -> dict[str, Any]:
    return instance(networkInterfaces=[{"network": "global/networks/default"}])


def test_no_external_address(api: Api, emulator: Emulator) -> None:
    lay_down(emulator, api, compute_vmExternalIpAccess=True)
    path = f"projects/{api.project}{ONE}"
    said = (
        f"Constraint constraints/compute.vmExternalIpAccess violated for project {project_number(api.project)}. Add "
        f"instance {path} to the constraint to use external IP with it."
    )
    assert api.not_made(instance()) == (412, "conditionNotMet", said)
    assert "items" not in api.get(f"/zones/{ZONE}/disks")
    assert "error" not in api.insert(inside())
    lay_down(emulator, api, compute_vmExternalIpAccess=[f"projects/{api.project}/zones/{ZONE}/instances/two"])
    assert "error" not in api.insert(instance("two"))


def test_shielded_machines_only(api: Api, emulator: Emulator) -> None:
    lay_down(emulator, api, compute_requireShieldedVm=True)
    status, reason, said = api.not_made(instance())
    assert (status, reason) == (412, "conditionNotMet")
    assert said == (
        f"Constraint constraints/compute.requireShieldedVm violated for project projects/{api.project}. Secure Boot is "
        "not enabled in the 'shielded_instance_config' field. See https://cloud.google.com/resource-manager/docs/"
        "organization-policy/org-policy-constraints for more information."
    )
    without = instance(shieldedInstanceConfig={**SHIELD, "enableVtpm": False})
    assert "vTPM is not enabled" in api.not_made(without)[2]
    assert "error" not in api.insert(instance(shieldedInstanceConfig=SHIELD))


def test_everything_that_is_forbidden_is_named(api: Api, emulator: Emulator) -> None:
    lay_down(emulator, api, compute_requireShieldedVm=True, compute_vmExternalIpAccess=[])
    _, answer = api.ask("POST", f"/zones/{ZONE}/instances", instance())
    named = [one["message"].split()[1].rpartition(".")[2] for one in answer["error"]["errors"]]
    assert named == ["vmExternalIpAccess", "requireShieldedVm"]


def test_trusted_images(api: Api, emulator: Emulator) -> None:
    lay_down(emulator, api, compute_trustedImageProjects=["projects/debian-cloud"])
    said = (
        f"Constraint constraints/compute.trustedImageProjects violated for project {api.project}. Use of images from "
        "project ubuntu-os-cloud is prohibited."
    )
    assert api.not_made(instance()) == (412, "conditionNotMet", said)
    image = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2204-lts"
    assert api.refused("POST", f"/zones/{ZONE}/disks", {"name": "d", "sourceImage": image})[2] == said
    lay_down(emulator, api, compute_trustedImageProjects=["ubuntu-os-cloud"])
    assert "error" not in api.insert(instance())


def test_os_login_cannot_be_switched_off(api: Api, emulator: Emulator) -> None:
    lay_down(emulator, api, compute_requireOsLogin=True)
    off = {"items": [{"key": "enable-oslogin", "value": "FALSE"}]}
    said = f"Constraint constraints/compute.requireOsLogin violated for project {project_number(api.project)}."
    assert api.not_made(instance(metadata=off)) == (412, "conditionNotMet", said)
    made = api.insert(instance())
    assert emulator.machines.specs[f"gcp-{made['targetId']}"].authorized_keys == ()
    shown = api.get(ONE)["metadata"]
    assert "enable-oslogin" not in {item["key"] for item in shown["items"]}
    assert api.get("")["commonInstanceMetadata"]["items"] == [{"key": "enable-oslogin", "value": "TRUE"}]
    changed = {**off, "fingerprint": shown["fingerprint"]}
    assert api.refused("POST", f"{ONE}/setMetadata", changed)[:2] == (412, "conditionNotMet")


def test_where_resources_may_be(api: Api, emulator: Emulator) -> None:
    lay_down(emulator, api, gcp_resourceLocations=["us-west1"])
    path = f"projects/{api.project}{ONE}"
    said = f"Location ZONE:{ZONE} violates constraint constraints/gcp.resourceLocations on the resource {path}."
    assert api.not_made(instance()) == (412, "conditionNotMet", said)
    assert "Location REGION:us-central1" in api.refused("POST", "/regions/us-central1/addresses", {"name": "a"})[2]
    assert api.refused("POST", f"/zones/{ZONE}/disks", {"name": "d"})[0] == 412
    disks = "/zones/us-west1-b/disks"
    assert "error" not in api.done(api.begin("POST", disks, {"name": "d", "sizeGb": "10"}))
    assert "Location us violates" in api.refused("POST", f"{disks}/d/createSnapshot", {"name": "s"})[2]
    kept = {"name": "s", "storageLocations": ["us-west1"]}
    assert "error" not in api.done(api.begin("POST", f"{disks}/d/createSnapshot", kept))


def test_no_look_at_the_console_or_the_guest_attributes(api: Api, emulator: Emulator) -> None:
    lay_down(emulator, api, compute_disableSerialPortAccess=True, compute_disableGuestAttributesAccess=True)
    api.insert(instance())
    eventually(lambda: "cloudgpu-ssh-port" in api.get(ONE)["labels"])
    number = project_number(api.project)
    said = f"Constraint constraints/compute.disableSerialPortAccess violated for project {number}."
    assert api.refused("GET", f"{ONE}/serialPort") == (412, "conditionNotMet", said)
    said = f"Constraint constraints/compute.disableGuestAttributesAccess violated for project {number}."
    refused = api.refused("GET", f"{ONE}/getGuestAttributes", queryPath="hostkeys/")
    assert refused == (412, "conditionNotMet", said)
    interactive = {"items": [{"key": "serial-port-enable", "value": "TRUE"}]}
    assert api.not_made(instance("two", metadata=interactive))[0] == 412


def test_no_default_network(api: Api, emulator: Emulator) -> None:
    lay_down(emulator, api, compute_skipDefaultNetworkCreation=True)
    assert "items" not in api.get("/global/networks")


@pytest.mark.parametrize("value", [False, None])
def test_what_is_not_enforced_forbids_nothing(api: Api, emulator: Emulator, value: bool | None) -> None:
    if value is not None:
        lay_down(emulator, api, compute_vmExternalIpAccess=value, compute_requireShieldedVm=value)
    assert "error" not in api.insert(instance())
