"""Our nouns in Compute Engine's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from cloudgpu.model import Gpu, GpuRequest, InstanceSpec
from cloudgpu.providers.gcp import resource, sdk
from cloudgpu.providers.gcp.images import Image
from cloudgpu.providers.gcp.offers import offers
from cloudgpu.providers.gcp.stock import from_tables
from cloudgpu.testing import samples

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=timezone.utc)
SIGNED = Image("projects/images/global/images/ubuntu-v1", 10, signed=True, deep_learning=False)
DEEP_LEARNING = Image("projects/images/global/images/learning-v1", 120, signed=False, deep_learning=True)


def spec(request: GpuRequest | None = None, expires_at: datetime | None = None) -> InstanceSpec:
    offer = offers(request or GpuRequest(gpu=Gpu("T4"), zones=("us-central1-a",)), from_tables())[0]
    return samples.spec(offer, launch_id="abc123", expires_at=expires_at)


def wanted(one: InstanceSpec, image: Image = SIGNED) -> sdk.Instance:
    return sdk.Instance(resource.wanted(one, "p", NOW, image, {"network": "global/networks/default"}))


def flex(**changes: object) -> InstanceSpec:
    h200 = samples.offer("us-central1-b", gpu=Gpu("H200", 8), instance_type="a3-ultragpu-8g")
    return replace(samples.spec(replace(h200, provider="gcp", flex_start=True)), **changes)  # type: ignore[arg-type]  # of its own fields


def test_everything_that_can_bear_marks_bears_them() -> None:
    instance = wanted(spec())
    marks = {
        "cloudgpu-name": "quiet-otter",
        "cloudgpu-launch-id": "abc123",
        "cloudgpu-owner": "ann_laptop",
        "cloudgpu-expires": "never",
    }
    assert dict(instance.labels) == marks
    assert dict(instance.disks[0].initialize_params.labels) == marks
    assert (instance.name, list(instance.tags.items)) == ("cloudgpu-abc123", ["cloudgpu-abc123"])


def test_only_our_key_opens_it_and_it_can_do_nothing_in_the_project() -> None:
    instance = wanted(spec())
    metadata = {item.key: item.value for item in instance.metadata.items}
    assert metadata["ssh-keys"] == f"cloudgpu:{samples.PUBLIC_KEY}"
    assert (metadata["block-project-ssh-keys"], metadata["enable-oslogin"]) == ("TRUE", "FALSE")
    assert metadata["enable-guest-attributes"] == "TRUE"
    assert metadata["startup-script"].startswith("#!/bin/sh")
    assert not instance.service_accounts
    bare = wanted(replace(spec(), startup_script=""))
    assert "startup-script" not in {item.key for item in bare.metadata.items}


def test_the_cloud_itself_ends_it() -> None:
    plain = wanted(spec()).scheduling
    assert (plain.on_host_maintenance, plain.automatic_restart, plain.instance_termination_action) == (
        "TERMINATE",
        False,
        "",
    )
    limited = wanted(spec(expires_at=NOW + timedelta(hours=8))).scheduling
    assert (limited.max_run_duration.seconds, limited.instance_termination_action) == (8 * 3600, "DELETE")
    assert wanted(spec(expires_at=NOW)).scheduling.max_run_duration.seconds == 120
    assert wanted(spec(expires_at=NOW + timedelta(days=999))).scheduling.max_run_duration.seconds == 120 * 86400


def test_spot() -> None:
    scheduling = wanted(spec(GpuRequest(gpu=Gpu("T4"), spot=True))).scheduling
    assert (scheduling.provisioning_model, scheduling.instance_termination_action) == ("SPOT", "DELETE")
    assert not scheduling.automatic_restart


@pytest.mark.parametrize(
    ("gpu", "zone", "spot", "disk", "nic", "attached"),
    [
        ("T4", "us-central1-a", False, "pd-balanced", "", 1),
        ("L4", "us-central1-a", False, "pd-balanced", "", 0),
        ("H100", "us-central1-a", True, "pd-balanced", "GVNIC", 0),
        ("RTX-PRO-6000", "us-central1-b", False, "hyperdisk-balanced", "GVNIC", 0),
    ],
)
def test_what_the_family_of_machines_demands(
    gpu: str, zone: str, spot: bool, disk: str, nic: str, attached: int
) -> None:
    instance = wanted(spec(GpuRequest(gpu=Gpu(gpu), zones=(zone,), spot=spot)))
    assert instance.disks[0].initialize_params.disk_type == f"zones/{zone}/diskTypes/{disk}"
    assert instance.network_interfaces[0].nic_type == nic
    assert len(instance.guest_accelerators) == attached


@pytest.mark.parametrize(
    ("image", "scopes"),
    [
        ("quay.io/jupyter/pytorch-notebook:latest", []),
        ("us-docker.pkg.dev/deeplearning-platform-release/gcr.io/pytorch-cu124", []),
        ("gcr.io/deeplearning-platform-release/pytorch", []),
        ("europe-west4-docker.pkg.dev/mine/repo/app:1", ["https://www.googleapis.com/auth/devstorage.read_only"]),
        ("eu.gcr.io/mine/app", ["https://www.googleapis.com/auth/devstorage.read_only"]),
        ("docker.io/gcr.io/mine/app", []),
    ],
)
def test_only_a_machine_that_pulls_from_the_projects_own_registry_is_somebody(image: str, scopes: list[str]) -> None:
    accounts = wanted(replace(spec(), image=image)).service_accounts
    assert [(one.email, list(one.scopes)) for one in accounts] == ([("default", scopes)] if scopes else [])


def test_what_the_image_allows_and_needs() -> None:
    signed, learning = wanted(spec()), wanted(spec(), DEEP_LEARNING)
    assert signed.disks[0].initialize_params.source_image == SIGNED.link
    assert [one.disks[0].initialize_params.disk_size_gb for one in (signed, learning)] == [100, 120]
    for one, secure in ((signed, True), (learning, False)):
        shield = one.shielded_instance_config
        assert (shield.enable_secure_boot, shield.enable_vtpm, shield.enable_integrity_monitoring) == (
            secure,
            True,
            True,
        )
    keys = [{item.key for item in one.metadata.items} for one in (signed, learning)]
    assert keys[1] - keys[0] == {"install-nvidia-driver"}


def test_flex_start_is_asked_for_once_or_for_as_long_as_there_is_patience() -> None:
    at_once = wanted(flex())
    assert at_once.scheduling.provisioning_model == "FLEX_START"
    assert at_once.scheduling.max_run_duration.seconds == 7 * 86_400
    assert at_once.scheduling.instance_termination_action == "DELETE"
    assert at_once.reservation_affinity.consume_reservation_type == "NO_RESERVATION"
    assert "params" in at_once
    assert at_once.params.request_valid_for_duration.seconds == 0
    seconds = {
        patience: wanted(flex(patience=timedelta(seconds=patience))).params.request_valid_for_duration.seconds
        for patience in (5, 600, 86_400)
    }
    assert seconds == {5: 90, 600: 600, 86_400: 7200}
    short = wanted(flex(expires_at=NOW + timedelta(minutes=1))).scheduling
    assert short.max_run_duration.seconds == 600
    assert "params" not in wanted(spec())


def test_it_goes_into_the_network_that_was_chosen() -> None:
    links = {"network": "global/networks/lab", "subnetwork": "regions/us-central1/subnetworks/gpu"}
    (nic,) = sdk.Instance(resource.wanted(spec(), "p", NOW, SIGNED, links)).network_interfaces
    assert (nic.network, nic.subnetwork) == (links["network"], links["subnetwork"])
    assert nic.access_configs[0].type_ == "ONE_TO_ONE_NAT"
