"""What Compute Engine refuses although it is well-formed, in its own words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal_gce.asking import ZONE, Api, Json, instance

A3_ZONE = "us-central1-a"


def gpu(kind: str, count: int, zone: str = ZONE) -> list[Json]:
    return [{"acceleratorType": f"zones/{zone}/acceleratorTypes/{kind}", "acceleratorCount": count}]


def machine(name: str, zone: str = ZONE) -> str:
    return f"zones/{zone}/machineTypes/{name}"


def disk(**changes: object) -> Json:
    one = instance()["disks"][0]
    return {**one, "initializeParams": {**one["initializeParams"], **changes}}


MIGRATE = "Instances with guest accelerators do not support live migration."
TERMINATE = {"onHostMaintenance": "TERMINATE"}
SPOT = {"provisioningModel": "SPOT", "onHostMaintenance": "TERMINATE"}


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        (
            {"machineType": machine("n2-standard-4")},
            "invalid",
            "Invalid value for field 'resource.machineType': 'zones/us-central1-a/machineTypes/n2-standard-4'. "
            "Machine type with name 'n2-standard-4' does not exist in zone 'us-central1-a'.",
        ),
        ({"machineType": machine("n1-standard-4", "us-west1-b")}, "invalid", "must be in the zone of the instance"),
        ({"scheduling": {}}, "badRequest", MIGRATE),
        ({"machineType": machine("g2-standard-4"), "guestAccelerators": [], "scheduling": {}}, "badRequest", MIGRATE),
        (
            {"scheduling": {"provisioningModel": "SPOT", "onHostMaintenance": "MIGRATE"}},
            "invalid",
            "Invalid value for field 'resource.scheduling.onHostMaintenance': 'MIGRATE'. Scheduling must have "
            "onHostMaintenance be one of the following valid types: [TERMINATE]. But was MIGRATE",
        ),
        (
            {"scheduling": {**SPOT, "automaticRestart": True}},
            "invalid",
            "Scheduling must have preemptible be false when AutomaticRestart is true.",
        ),
        (
            {"scheduling": {**TERMINATE, "preemptible": True, "provisioningModel": "STANDARD"}},
            "invalid",
            "For preemptible, only allowed provisioning_model value is SPOT",
        ),
        (
            {"scheduling": {**TERMINATE, "instanceTerminationAction": "DELETE"}},
            "invalid",
            "You cannot specify a termination action for a VM instance that has the standard provisioning model",
        ),
        ({"scheduling": {**TERMINATE, "maxRunDuration": {"seconds": "5"}}}, "invalid", "maxRunDuration.seconds': '5'"),
        ({"scheduling": {**TERMINATE, "terminationTime": "tomorrow"}}, "invalid", "Must be a time in the future"),
        ({"scheduling": {**TERMINATE, "terminationTime": "2020-01-01T00:00:00Z"}}, "invalid", "a time in the future"),
        (
            {"scheduling": {**TERMINATE, "terminationTime": "x", "maxRunDuration": {"seconds": "60"}}},
            "invalid",
            "Only one of maxRunDuration and terminationTime",
        ),
        ({"scheduling": {"provisioningModel": "RESERVATION_BOUND"}}, "invalid", "no reservation"),
        (
            {"guestAccelerators": gpu("nvidia-tesla-t4", 8)},
            "invalid",
            "Invalid value for field 'resource.guestAccelerators[0].acceleratorCount': '8'. Number of accelerator "
            "cards attached to an instance must be one of [1, 2, 4].",
        ),
        (
            {"machineType": machine("n1-standard-64")},
            "invalid",
            "At most 48 vCPUs can be used along with 1 accelerator cards in an instance.",
        ),
        (
            {"guestAccelerators": gpu("nvidia-tesla-a100", 1)},
            "badRequest",
            "[nvidia-tesla-a100, n1-standard-4] features are not compatible for creating instance.",
        ),
        (
            {"machineType": machine("g2-standard-4")},
            "badRequest",
            "[nvidia-tesla-t4, g2-standard-4] features are not compatible for creating instance.",
        ),
        ({"guestAccelerators": gpu("nvidia-l4", 1) * 2}, "invalid", "At most one type of accelerator"),
        (
            {"guestAccelerators": gpu("nvidia-tesla-k80", 1)},
            "notFound",
            "acceleratorTypes/nvidia-tesla-k80' was not found",
        ),
        ({"disks": [disk(diskType="zones/us-central1-a/diskTypes/pd-fast")]}, "invalid", "diskType resource cannot be"),
        (
            {"disks": [disk(diskType="zones/us-central1-a/diskTypes/hyperdisk-balanced")]},
            "badRequest",
            "hyperdisk-balanced disk type cannot be used by n1-standard-4 machine type.",
        ),
        (
            {"disks": [disk(diskSizeGb="5")]},
            "invalid",
            "Invalid value for field 'resource.disks[0].initializeParams.diskSizeGb': '5'. Requested disk size cannot "
            "be smaller than the image size (10 GB)",
        ),
        ({"disks": [disk(diskSizeGb="100000")]}, "invalid", "Disk size must be between"),
        (
            {"disks": [disk(sourceImage="projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts")]},
            "notFound",
            "The resource 'projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts' was not found",
        ),
        ({"disks": [disk(sourceImage="")]}, "invalid", "Source image must be specified."),
        ({"disks": [disk(labels={"Owner": "me"})]}, "invalid", "Label key 'Owner' violates format constraints."),
        (
            {"disks": [{**disk(), "boot": False}]},
            "invalid",
            "Boot disk must be the first disk attached to the instance.",
        ),
        ({"disks": [{**disk(), "type": "SCRATCH"}]}, "invalid", "resource.disks[0].type"),
        ({"disks": [{"boot": True}]}, "invalid", "Exactly one of source and initializeParams"),
        (
            {"disks": [{"boot": True, "source": "zones/us-central1-a/disks/gone"}]},
            "invalid",
            "'zones/us-central1-a/disks/gone'. The referenced disk resource cannot be found.",
        ),
        (
            {"networkInterfaces": [{"network": "global/networks/mine"}]},
            "invalid",
            "Invalid value for field 'resource.networkInterfaces[0].network': 'global/networks/mine'. The referenced "
            "network resource cannot be found.",
        ),
        (
            {"networkInterfaces": [{"subnetwork": "regions/us-west1/subnetworks/default"}]},
            "invalid",
            "The referenced subnetwork resource cannot be found.",
        ),
        ({"networkInterfaces": [{}, {}]}, "invalid", "Networks must be distinct"),
        ({"networkInterfaces": [{"accessConfigs": [{}, {}]}]}, "invalid", "At most one access config"),
        ({"networkInterfaces": [{"accessConfigs": [{"natIP": "203.0.113.9"}]}]}, "invalid", "was not found"),
        (
            {"labels": {"owner": "Me"}},
            "invalid",
            "Invalid value for field 'resource.labels': ''. Label value 'Me' violates format constraints. The value "
            "can only contain lowercase letters, numeric characters, underscores and dashes. The value can be at most "
            "63 characters long. International characters are allowed.",
        ),
        ({"labels": {"a" * 64: ""}}, "invalid", "Label key"),
        ({"labels": {f"k{number}": "" for number in range(65)}}, "invalid", "at most 64"),
        ({"metadata": {"items": [{"key": "a b", "value": ""}]}}, "invalid", "resource.metadata.items[0].key"),
        ({"metadata": {"items": [{"key": "a", "value": ""}] * 2}}, "invalid", "Duplicate metadata key."),
        ({"metadata": {"items": [{"key": "a", "value": "x" * 262145}]}}, "invalid", "larger than the limit of 262144"),
        (
            {"metadata": {"items": [{"key": key, "value": "x" * 262000} for key in "abc"]}},
            "invalid",
            "Total metadata size",
        ),
        ({"resourcePolicies": ["global/x"]}, "invalid", "Invalid value for field 'resource.resourcePolicies'"),
        ({"serviceAccounts": [{}, {}]}, "invalid", "At most one service account"),
        ({"serviceAccounts": [{"email": "a@b"}]}, "badRequest", "'a@b' of type 'serviceAccount' was not found."),
        ({"tags": {"items": ["SSH"]}}, "invalid", "Invalid value for field 'resource.tags.items[0]': 'SSH'."),
    ],
)
def test_refused(api: Api, changes: dict[str, Any], reason: str, message: str) -> None:
    status, why, said = api.not_made(instance(**changes))
    assert (status, why) == (404 if reason == "notFound" else 400, reason)
    assert message in said
    assert "items" not in api.get(f"/zones/{ZONE}/disks")


def test_a_zone_without_that_gpu(api: Api) -> None:
    zone = "europe-west4-a"
    body = instance(zone=zone, guestAccelerators=gpu("nvidia-tesla-p4", 1, zone))
    said = f"The resource 'projects/{api.project}/zones/{zone}/acceleratorTypes/nvidia-tesla-p4' was not found"
    assert api.not_made(body, zone) == (404, "notFound", said)


def test_small_h100_machines_are_for_spot_only(api: Api) -> None:
    nic = {"nicType": "GVNIC", "accessConfigs": [{}]}
    body = instance(machineType=machine("a3-highgpu-1g"), guestAccelerators=[], networkInterfaces=[nic])
    assert "[SPOT, FLEX_START]" in api.not_made(body)[2]
    body["scheduling"] = SPOT
    assert "error" not in api.insert(body)
    plain = {**body, "name": "plain", "networkInterfaces": [{}]}
    assert "requires the GVNIC network interface type" in api.not_made(plain)[2]


def test_the_default_service_account(api: Api) -> None:
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    assert "error" not in api.insert(instance(serviceAccounts=[{"email": "default", "scopes": scopes}]))
    (account,) = api.get(f"/zones/{ZONE}/instances/one")["serviceAccounts"]
    assert account["email"] == api.get("")["defaultServiceAccount"]


def test_a_template_that_is_not_there(api: Api) -> None:
    said = api.not_made(instance(), sourceInstanceTemplate="global/instanceTemplates/x")[2]
    assert "The referenced InstanceTemplate resource cannot be found." in said


def test_bundled_gpus_may_be_named(api: Api) -> None:
    body = instance(machineType=machine("g2-standard-24"), guestAccelerators=gpu("nvidia-l4", 2))
    assert "error" not in api.insert(body)
    shown = api.get(f"/zones/{ZONE}/instances/one")
    assert shown["guestAccelerators"][0]["acceleratorCount"] == 2


def test_names_are_taken_once(api: Api) -> None:
    api.insert(instance())
    path = f"projects/{api.project}/zones/{ZONE}"
    assert api.not_made(instance()) == (409, "alreadyExists", f"The resource '{path}/instances/one' already exists")
    api.done(api.begin("POST", f"/zones/{ZONE}/disks", {"name": "two", "sizeGb": "10"}))
    assert api.not_made(instance("two")) == (409, "alreadyExists", f"The resource '{path}/disks/two' already exists")
