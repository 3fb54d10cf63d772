"""An instance of Compute Engine in our nouns."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudgpu.model import Gpu, State
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.seeing import seen


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
    instance = seen(found())
    assert (instance.ref.name, instance.ref.launch_id, instance.ref.id) == ("quiet-otter", "abc123", "42")
    assert (instance.ref.region, instance.ref.zone) == ("us-central1", "us-central1-a")
    assert (instance.state, instance.host, instance.ssh_port) == (State.RUNNING, "203.0.113.7", 22)
    assert (instance.gpu, instance.hourly, instance.spot) == (Gpu("T4"), Decimal("0.5400"), False)
    assert instance.created_at == datetime(2026, 11, 20, 11, 59, 7, 123000, tzinfo=timezone.utc)
    assert instance.expires_at == datetime.fromtimestamp(1795000000, timezone.utc)
    assert instance.owner == "ann_laptop"


def test_an_unusual_port_comes_by_a_label() -> None:
    labels = {"cloudgpu-launch-id": "abc123", "cloudgpu-ssh-port": "10022", "cloudgpu-expires": "never"}
    instance = seen(found(labels=labels))
    assert (instance.ssh_port, instance.expires_at, instance.owner) == (10022, None, None)


def test_a_gpu_that_is_part_of_the_machine_is_known_from_its_type() -> None:
    instance = seen(found(machine_type="zones/us-central1-a/machineTypes/g2-standard-24", guest_accelerators=[]))
    assert instance.gpu == Gpu("L4", 2)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("PROVISIONING", State.PENDING),
        ("STAGING", State.PENDING),
        ("STOPPING", State.STOPPING),
        ("DEPROVISIONING", State.STOPPING),
        ("TERMINATED", State.STOPPED),
        ("SUSPENDED", State.STOPPED),
        ("A_WORD_OF_TOMORROW", State.PENDING),
    ],
)
def test_states(word: str, state: State) -> None:
    assert seen(found(status=word)).state is state


def test_one_whose_labels_are_lost_and_that_no_price_is_known_for() -> None:
    machine = "zones/us-central1-a/machineTypes/n9-strange"
    instance = seen(found(labels={}, network_interfaces=[], machine_type=machine, guest_accelerators=[]))
    assert (instance.ref.launch_id, instance.host, instance.hourly) == ("abc123", None, None)


def test_the_end_of_a_flex_start_machine_is_known_when_it_has_begun() -> None:
    flex = {"scheduling": {"provisioning_model": "FLEX_START"}, "labels": {"cloudgpu-expires": "never"}}
    assert seen(found(**flex, status="PENDING")).expires_at is None
    ends = {"resource_status": {"scheduling": {"termination_timestamp": "2026-11-27T12:00:00Z"}}}
    assert seen(found(**flex, **ends)).expires_at == datetime(2026, 11, 27, 12, 0, tzinfo=timezone.utc)


def test_a_machine_that_no_table_knows_and_that_is_off() -> None:
    machine = "zones/us-central1-ai1a/machineTypes/a4x-highgpu-4g"
    gpus = [{"accelerator_type": "zones/us-central1-ai1a/acceleratorTypes/nvidia-gb999", "accelerator_count": 4}]
    zone = "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-ai1a"
    nics = [{"access_configs": [{"type_": "ONE_TO_ONE_NAT"}]}]
    off = found(status="TERMINATED", machine_type=machine, guest_accelerators=gpus, zone=zone, network_interfaces=nics)
    instance = seen(off)
    assert (instance.state, instance.host, instance.hourly) == (State.STOPPED, None, None)
    assert (instance.gpu, instance.ref.region) == (Gpu("nvidia-gb999", 4), "us-central1")


WORDS = st.sampled_from(
    ["", "never", "0", "99999999999999999999999999", "\u00b2", "-1", "soon", "2026-11-20", "7.5"]
) | st.text(max_size=12)


@settings(max_examples=150, deadline=None)
@given(label=WORDS, port=WORDS, created=WORDS, ends=WORDS, zone=WORDS, machine=WORDS, model=WORDS, card=WORDS)
def test_what_others_have_written_there_is_no_reason_to_fall_over(
    label: str, port: str, created: str, ends: str, zone: str, machine: str, model: str, card: str
) -> None:
    instance = seen(
        found(
            labels={"cloudgpu-expires": label, "cloudgpu-ssh-port": port},
            creation_timestamp=created,
            zone=zone,
            machine_type=machine,
            scheduling={"provisioning_model": model},
            resource_status={"scheduling": {"termination_timestamp": ends}},
            guest_accelerators=[{"accelerator_type": card}],
        )
    )
    assert instance.created_at.tzinfo is not None
    assert instance.expires_at is None or instance.expires_at.tzinfo is not None


@pytest.mark.parametrize("fraction", ["", ".1", ".12", ".123", ".123456", ".123456789"])
def test_fractions_of_a_second_have_any_number_of_digits(fraction: str) -> None:
    created = seen(found(creation_timestamp=f"2026-11-20T11:59:07{fraction}Z")).created_at
    assert created.replace(microsecond=0) == datetime(2026, 11, 20, 11, 59, 7, tzinfo=timezone.utc)
    assert f"{created.microsecond:06}".startswith(fraction[1:7])


def test_googles_own_limit_counts_where_it_comes_first() -> None:
    early, late = "2026-11-17T12:30:00.000-08:00", "2026-12-24T12:30:00.000-08:00"
    told = [
        seen(found(resource_status={"scheduling": {"termination_timestamp": one}})).expires_at for one in (early, late)
    ]
    assert told == [
        datetime(2026, 11, 17, 20, 30, tzinfo=timezone.utc),
        datetime.fromtimestamp(1795000000, timezone.utc),
    ]
