"""Our nouns in Compute Engine's words, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from cloudgpu.model import Gpu, GpuRequest, InstanceSpec, State
from cloudgpu.providers.gcp import resource, sdk
from cloudgpu.providers.gcp.offers import offers
from cloudgpu.testing import samples

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=timezone.utc)


def spec(request: GpuRequest | None = None, expires_at: datetime | None = None) -> InstanceSpec:
    offer = offers(request or GpuRequest(gpu=Gpu("T4"), zones=("us-central1-a",)))[0]
    return samples.spec(offer, launch_id="abc123", expires_at=expires_at)


def wanted(one: InstanceSpec) -> sdk.Instance:
    return sdk.Instance(resource.wanted(one, "p", NOW))


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


def found(**changes: object) -> sdk.Instance:
    fields: dict[str, object] = {
        "id": 42,
        "name": "cloudgpu-abc123",
        "status": "RUNNING",
        "zone": "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a",
        "machine_type": "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/machineTypes/n1-standard-4",
        "creation_timestamp": "2026-11-20T03:59:07.123-08:00",
        "labels": {
            "cloudgpu-name": "quiet-otter",
            "cloudgpu-launch-id": "abc123",
            "cloudgpu-owner": "ann_laptop",
            "cloudgpu-expires": "1795000000",
        },
        "guest_accelerators": [
            {
                "accelerator_type": "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/"
                "acceleratorTypes/nvidia-tesla-t4",
                "accelerator_count": 1,
            }
        ],
        "network_interfaces": [{"access_configs": [{"nat_i_p": "203.0.113.7"}]}],
    }
    return sdk.Instance(fields | changes)


def test_an_instance_as_the_cloud_shows_it() -> None:
    instance = resource.seen(found())
    assert (instance.ref.name, instance.ref.launch_id, instance.ref.id) == ("quiet-otter", "abc123", "42")
    assert (instance.ref.region, instance.ref.zone) == ("us-central1", "us-central1-a")
    assert (instance.state, instance.host, instance.ssh_port) == (State.RUNNING, "203.0.113.7", 22)
    assert (instance.gpu, instance.hourly, instance.spot) == (Gpu("T4"), Decimal("0.5400"), False)
    assert instance.created_at == datetime(2026, 11, 20, 11, 59, 7, 123000, tzinfo=timezone.utc)
    assert instance.expires_at == datetime.fromtimestamp(1795000000, timezone.utc)
    assert instance.owner == "ann_laptop"


def test_an_unusual_port_comes_by_a_label() -> None:
    labels = {"cloudgpu-launch-id": "abc123", "cloudgpu-ssh-port": "10022", "cloudgpu-expires": "never"}
    instance = resource.seen(found(labels=labels))
    assert (instance.ssh_port, instance.expires_at, instance.owner) == (10022, None, None)


def test_a_gpu_that_is_part_of_the_machine_is_known_from_its_type() -> None:
    instance = resource.seen(
        found(machine_type="zones/us-central1-a/machineTypes/g2-standard-24", guest_accelerators=[])
    )
    assert instance.gpu == Gpu("L4", 2)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("PROVISIONING", State.PENDING),
        ("STAGING", State.PENDING),
        ("STOPPING", State.STOPPING),
        ("DEPROVISIONING", State.STOPPING),
        ("TERMINATED", State.STOPPED),
        ("A_WORD_OF_TOMORROW", State.PENDING),
    ],
)
def test_states(word: str, state: State) -> None:
    assert resource.seen(found(status=word)).state is state


def test_one_whose_labels_are_lost_and_that_no_price_is_known_for() -> None:
    machine = "zones/us-central1-a/machineTypes/n9-strange"
    instance = resource.seen(found(labels={}, network_interfaces=[], machine_type=machine, guest_accelerators=[]))
    assert (instance.ref.launch_id, instance.host, instance.hourly) == ("abc123", None, None)
