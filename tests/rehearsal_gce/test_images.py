"""Public images and those of the project: which there are, which are given, which fit."""

from __future__ import annotations

import pytest

from tests.rehearsal_gce.asking import ZONE, Api, Json, instance
from tests.rehearsal_gce.conftest import Emulator

DRIVERS, DEEP = "ubuntu-os-accelerator-images", "deeplearning-platform-release"
OLD = "common-cu128-ubuntu-2204-nvidia-570"


def from_image(image: str, name: str = "one") -> Json:
    body = instance(name)
    body["disks"][0]["initializeParams"]["sourceImage"] = image
    return body


@pytest.mark.parametrize(
    ("project", "family", "size", "architecture"),
    [
        (DRIVERS, "ubuntu-accelerator-2204-amd64-with-nvidia-570", "10", "X86_64"),
        (DRIVERS, "ubuntu-accelerator-2404-amd64-with-nvidia-595", "10", "X86_64"),
        (DRIVERS, "ubuntu-accelerator-2404-arm64-with-nvidia-580", "10", "ARM64"),
        (DEEP, "common-cu129-ubuntu-2204-nvidia-580", "50", "X86_64"),
        (DEEP, "pytorch-2-9-cu129-ubuntu-2404-nvidia-580", "50", "X86_64"),
        ("ubuntu-os-cloud", "ubuntu-2404-lts-arm64", "10", "ARM64"),
        ("ubuntu-os-cloud", "ubuntu-2604-lts-amd64", "10", "X86_64"),
        ("debian-cloud", "debian-12", "10", "X86_64"),
    ],
)
def test_the_newest_of_a_family(api: Api, project: str, family: str, size: str, architecture: str) -> None:
    public = Api(api.endpoint, project)
    image = public.get(f"/global/images/family/{family}")
    assert (image["diskSizeGb"], image["architecture"], image["family"]) == (size, architecture, family)
    assert "deprecated" not in image
    older = [one for one in public.get("/global/images", filter=f"family={family}")["items"] if "deprecated" in one]
    assert [one["deprecated"]["replacement"] for one in older] == [image["selfLink"]]


def test_a_family_past_its_time_gives_nothing(api: Api) -> None:
    public = Api(api.endpoint, DEEP)
    said = f"The resource 'projects/{DEEP}/global/images/family/{OLD}' was not found"
    assert public.refused("GET", f"/global/images/family/{OLD}") == (404, "notFound", said)
    assert api.not_made(from_image(f"projects/{DEEP}/global/images/family/{OLD}")) == (404, "notFound", said)
    (first, *_) = public.get("/global/images", filter=f"family={OLD}")["items"]
    assert first["deprecated"]["state"] == "DEPRECATED"
    assert "error" not in api.insert(from_image(f"projects/{DEEP}/global/images/{first['name']}"))


def test_a_family_that_is_gone(api: Api, emulator: Emulator) -> None:
    family = "ubuntu-accelerator-2404-amd64-with-nvidia-580"
    emulator.app.configure({"images": {"retired": [family]}})
    public = Api(api.endpoint, DRIVERS)
    assert public.refused("GET", f"/global/images/family/{family}")[:2] == (404, "notFound")
    assert "items" not in public.get("/global/images", filter=f"family={family}")
    emulator.app.configure({"images": {"retired": []}})
    assert public.get(f"/global/images/family/{family}")["status"] == "READY"


def test_an_image_for_other_processors(api: Api) -> None:
    image = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-arm64"
    said = (
        "Invalid resource usage: 'Requested boot disk architecture (ARM64) is not compatible with machine type "
        "architecture (X86_64).'."
    )
    assert api.not_made(from_image(image)) == (400, "invalidResourceUsage", said)
    disk = {"name": "arm", "sourceImage": image}
    assert "error" not in api.done(api.begin("POST", f"/zones/{ZONE}/disks", disk))
    assert api.get(f"/zones/{ZONE}/disks/arm")["architecture"] == "ARM64"


def test_an_image_of_ones_own(api: Api, emulator: Emulator) -> None:
    api.insert(instance())
    source = {"name": "mine", "sourceDisk": f"zones/{ZONE}/disks/one", "family": "own", "labels": {"team": "red"}}
    status, reason, said = api.refused("POST", "/global/images", source)
    assert (status, reason) == (400, "resourceInUseByAnotherResource")
    assert said.endswith(f"is already being used by 'projects/{api.project}/zones/{ZONE}/instances/one'")
    begun = api.begin("POST", "/global/images", source, forceCreate="true")
    assert "error" not in api.done(begun)
    made = api.get("/global/images/mine")
    assert (made["status"], made["diskSizeGb"], made["sourceDiskId"]) == (
        "READY",
        "100",
        api.get(f"/zones/{ZONE}/disks/one")["id"],
    )
    assert api.get("/global/images/family/own") == made
    assert [one["name"] for one in api.get("/global/images", filter="labels.team=red")["items"]] == ["mine"]
    assert "items" not in api.get("/global/images", filter="labels.team=blue")
    (bill,) = [row for row in emulator.world.ledger.rows() if row["id"] == made["id"]]
    assert (bill["kind"], bill["ended_at"]) == ("image", None)
    assert api.refused("POST", "/global/images", source)[:2] == (409, "alreadyExists")
    assert "error" not in api.insert(from_image("global/images/mine", name="again"))
    assert "error" not in api.done(api.begin("DELETE", "/global/images/mine"))
    assert api.refused("GET", "/global/images/mine")[:2] == (404, "notFound")
    assert [row["ended_by"] for row in emulator.world.ledger.rows() if row["id"] == made["id"]] == ["deleted"]


def test_of_a_machine_that_is_stopped(api: Api) -> None:
    api.insert(instance())
    api.done(api.begin("POST", f"/zones/{ZONE}/instances/one/stop"))
    body = {"name": "mine", "sourceDisk": f"zones/{ZONE}/disks/one"}
    assert "error" not in api.done(api.begin("POST", "/global/images", body))


def test_an_image_that_is_not_ready(api: Api, emulator: Emulator) -> None:
    api.done(api.begin("POST", f"/zones/{ZONE}/disks", {"name": "d", "sizeGb": "10"}))
    emulator.world.clock.change({"operation_seconds": 0.5})
    begun = api.begin("POST", "/global/images", {"name": "mine", "sourceDisk": f"zones/{ZONE}/disks/d"})
    said = f"The resource 'projects/{api.project}/global/images/mine' is not ready"
    assert api.not_made(from_image("global/images/mine")) == (400, "resourceNotReady", said)
    assert api.refused("DELETE", "/global/images/mine") == (400, "resourceNotReady", said)
    api.done(begun)


@pytest.mark.parametrize(
    ("body", "reason", "said"),
    [
        ({}, "invalidResourceUsage", "Must specify exactly one source for an image."),
        ({"sourceDisk": f"zones/{ZONE}/disks/gone"}, "notFound", "disks/gone' was not found"),
        ({"sourceImage": "global/images/other"}, "invalid", "resource.sourceDisk"),
        ({"sourceDisk": "x", "family": "F"}, "invalid", "resource.family"),
        ({"sourceDisk": "x", "labels": {"A": ""}}, "invalid", "Label key"),
    ],
)
def test_images_that_cannot_be(api: Api, body: Json, reason: str, said: str) -> None:
    status, why, message = api.refused("POST", "/global/images", {"name": "mine", **body})
    assert (why, status) == (reason, 404 if reason == "notFound" else 400)
    assert said in message


def test_images_of_others(api: Api, emulator: Emulator) -> None:
    assert api.not_made(from_image("projects/somebody-elses/global/images/x"))[:2] == (404, "notFound")
    public = Api(api.endpoint, "debian-cloud")
    name = public.get("/global/images/family/debian-12")["name"]
    said = f"Required 'compute.images.delete' permission for 'projects/debian-cloud/global/images/{name}'"
    assert public.refused("DELETE", f"/global/images/{name}") == (403, "forbidden", said)
