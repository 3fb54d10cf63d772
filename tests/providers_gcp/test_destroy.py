"""Removing what a launch made, and the proof that it is gone."""

from __future__ import annotations

import pytest

from cloudgpu.errors import PermissionError_, ProviderError
from cloudgpu.model import InstanceRef
from cloudgpu.providers.gcp import removal
from cloudgpu.providers.gcp.provider import Gcp
from tests.providers_gcp.bed import PROJECT, Bed, ref_of
from tests.providers_gcp.conftest import MakeSpec
from tests.providers_gcp.stranger import Stranger


def test_destroy_needs_no_zone_and_leaves_nothing(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    mine, theirs = make_spec(), make_spec()
    gcp.create(mine)
    gcp.create(theirs)
    assert [line.split()[0] for line in gcp.leftovers(mine.launch_id)] == ["instance", "disk", "firewall"]
    gcp.destroy(InstanceRef(mine.name, mine.launch_id, "", ""))
    assert list(gcp.leftovers(mine.launch_id)) == []
    assert gcp.find(ref_of(mine)) is None
    assert len(gcp.leftovers(theirs.launch_id)) == 3
    rules = [rule["name"] for rule in bed.raw("global/firewalls").json()["items"]]
    assert not [name for name in rules if mine.launch_id in name]
    gcp.destroy(ref_of(mine))
    gcp.destroy(InstanceRef("x", "never-there", "", ""))


@pytest.mark.parametrize("effect", ["lost_response", "reset"])
def test_a_lost_answer_does_not_stop_a_destroy(gcp: Gcp, bed: Bed, make_spec: MakeSpec, effect: str) -> None:
    spec = make_spec()
    gcp.create(spec)
    bed.fault("compute.instances.delete", effect, times=2)
    bed.fault("compute.firewalls.delete", effect)
    gcp.destroy(ref_of(spec))
    assert list(gcp.leftovers(spec.launch_id)) == []


def test_a_machine_that_is_busy_is_asked_again(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    gcp.create(spec)
    message = f"The resource 'projects/{PROJECT}/zones/us-central1-a/instances/x' is not ready"
    bed.fault(
        "compute.instances.delete", "error", code="resourceNotReady", message=message, http_status=400, surface="http"
    )
    bed.fault(
        "compute.instances.delete", "error", code="INTERNAL_ERROR", http_status=500, message="", surface="operation"
    )
    gcp.destroy(ref_of(spec))
    assert list(gcp.leftovers(spec.launch_id)) == []


def test_a_disk_that_stayed_behind_goes_too(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    disk = {"name": "stray", "sizeGb": "10", "labels": {"cloudgpu-launch-id": spec.launch_id}}
    made = bed.post("zones/us-central1-a/disks", disk)
    assert made.ok, made.text
    assert gcp.leftovers(spec.launch_id) == ["disk stray in us-central1-a"]
    gcp.destroy(InstanceRef(spec.name, spec.launch_id, "", ""))
    assert list(gcp.leftovers(spec.launch_id)) == []


def test_a_cloud_that_will_not_remove_is_told_of(
    gcp: Gcp, bed: Bed, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = make_spec()
    gcp.create(spec)
    message = f"The resource 'projects/{PROJECT}/zones/us-central1-a/instances/x' is not ready"
    bed.fault(
        "compute.instances.delete",
        "error",
        code="resourceNotReady",
        message=message,
        http_status=400,
        surface="http",
        times=-1,
    )
    with monkeypatch.context() as patch:
        patch.setattr(removal, "_WITHIN", 0.5)
        with pytest.raises(ProviderError) as caught:
            gcp.destroy(ref_of(spec))
    assert f"cloudgpu-{spec.launch_id}" in caught.value.remedy


def test_a_protected_machine_is_left_as_it_is(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    gcp.create(spec)
    path = f"zones/us-central1-a/instances/cloudgpu-{spec.launch_id}"
    Stranger(bed).make(f"{path}/setDeletionProtection?deletionProtection=true", {})
    with pytest.raises(ProviderError) as caught:
        gcp.destroy(ref_of(spec))
    assert "protect" in caught.value.brief
    assert "--no-deletion-protection" in caught.value.remedy
    assert len(gcp.leftovers(spec.launch_id)) == 3, "and it can still be reached"
    Stranger(bed).make(f"{path}/setDeletionProtection?deletionProtection=false", {})


def test_leftovers_are_found_by_label_or_by_name_and_are_nobody_elses(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec, stranger = make_spec(), Stranger(bed)
    name, mark = f"cloudgpu-{spec.launch_id}", {"cloudgpu-launch-id": spec.launch_id}
    place = "zones/us-central1-a/disks"
    made = (
        (place, {"name": "stray", "sizeGb": "10", "labels": mark}),
        (place, {"name": f"{name}-data", "sizeGb": "10"}),
        (place, {"name": f"{name}0", "sizeGb": "10"}),
        (f"{place}/stray/createSnapshot", {"name": "kept", "labels": mark}),
        ("global/images", {"name": f"{name}-saved", "sourceDisk": f"projects/{PROJECT}/{place}/stray"}),
        ("regions/us-central1/addresses", {"name": f"{name}-ip"}),
        (
            "global/firewalls",
            {"name": f"{name}-ssh", "allowed": [{"IPProtocol": "tcp"}], "sourceRanges": ["192.0.2.1"]},
        ),
    )
    for path, body in made:
        stranger.make(path, body)
    try:
        assert sorted(gcp.leftovers(spec.launch_id)) == [
            f"address {name}-ip in us-central1",
            f"disk {name}-data in us-central1-a",
            "disk stray in us-central1-a",
            f"firewall rule {name}-ssh",
            f"image {name}-saved",
            "snapshot kept",
        ]
        bed.configure({"projects": {PROJECT: {"denied": ["compute.snapshots.list", "compute.disks.list"]}}})
        unseen = gcp.leftovers(spec.launch_id)
        assert [line for line in unseen if line.startswith("perhaps disk")], "every launch makes one"
        assert not [line for line in unseen if "snapshot" in line], "no launch makes one"
    finally:
        bed.configure({"projects": {PROJECT: {}}})
        for path, body in made:
            kind = "global/snapshots" if path.endswith("createSnapshot") else path
            stranger.remove(f"{kind}/{body['name']}")


def test_a_kind_that_takes_no_filter_is_looked_through(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    gcp.create(spec)
    words = "Invalid value for field 'filter': 'x'. Invalid list filter expression."
    for call in ("disks.aggregatedList", "snapshots.list"):
        bed.fault(f"compute.{call}", "error", code="invalid", message=words, http_status=400, surface="http")
    assert [line.split()[0] for line in gcp.leftovers(spec.launch_id)] == ["instance", "disk", "firewall"]


def test_a_destroy_that_is_forbidden_says_so(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    gcp.create(spec)
    message = "Required 'compute.instances.delete' permission for 'projects/p/zones/z/instances/i'"
    bed.fault("compute.instances.delete", "error", code="forbidden", message=message, http_status=403, surface="http")
    with pytest.raises(PermissionError_):
        gcp.destroy(ref_of(spec))
