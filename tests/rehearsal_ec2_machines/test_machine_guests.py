"""What the cloud does with guests that are real machines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloudgpu.rehearsal.admin import Admin
from cloudgpu.rehearsal.ec2.engine import Engine
from tests.rehearsal_ec2.bed import Bed, RememberedMachines, launch, seen, standing, until_state, wait_for

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

METADATA = {"HttpTokens": "required"}


@pytest.fixture
def machines() -> RememberedMachines:
    return RememberedMachines()


@pytest.fixture
def bed(tmp_path: Path, machines: RememberedMachines) -> Iterator[Bed]:
    with standing(tmp_path, machines) as bed:
        yield bed


@pytest.fixture
def ec2(bed: Bed) -> EC2Client:
    client: EC2Client = bed.client("ec2")
    return client


def test_the_address_and_the_console_are_there_before_the_door(
    bed: Bed, ec2: EC2Client, machines: RememberedMachines
) -> None:
    machines.open_doors = False
    made = launch(bed, ec2)["InstanceId"]
    until_state(ec2, made, "running")
    assert seen(ec2, made)["PublicIpAddress"] == "198.51.100.11"
    assert "booting" in ec2.get_console_output(InstanceId=made, Latest=True)["Output"]


def test_the_machine_is_told_what_was_asked_for(bed: Bed, ec2: EC2Client, machines: RememberedMachines) -> None:
    made = launch(bed, ec2, UserData="#!/bin/sh\n", MetadataOptions=METADATA)["InstanceId"]
    until_state(ec2, made, "running")
    identity = machines.booted[f"aws-{made}"].identity
    assert identity is not None
    assert (identity.cloud, identity.user_data, identity.brings) == ("aws", b"#!/bin/sh\n", "everything")
    assert {"id": made, "tokens": "required", "region": "us-east-1"}.items() <= identity.facts.items()


def test_a_stop_leaves_the_disk_and_a_termination_does_not(
    bed: Bed, ec2: EC2Client, machines: RememberedMachines
) -> None:
    made = launch(bed, ec2)["InstanceId"]
    until_state(ec2, made, "running")
    ec2.stop_instances(InstanceIds=[made])
    until_state(ec2, made, "stopped")
    assert (machines.stopped, machines.halted) == ([f"aws-{made}"], [])
    ec2.start_instances(InstanceIds=[made])
    until_state(ec2, made, "running")
    ec2.reboot_instances(InstanceIds=[made])
    assert machines.rebooted == [f"aws-{made}"]
    ec2.terminate_instances(InstanceIds=[made])
    until_state(ec2, made, "terminated")
    assert machines.halted == [f"aws-{made}"]


@pytest.mark.parametrize(("behaviour", "state"), [("stop", "stopped"), ("terminate", "terminated")])
def test_a_machine_that_goes_off_by_itself_is_billed_no_longer(
    bed: Bed, ec2: EC2Client, machines: RememberedMachines, behaviour: str, state: str
) -> None:
    made = launch(bed, ec2, InstanceInitiatedShutdownBehavior=behaviour)["InstanceId"]
    until_state(ec2, made, "running")
    identity = machines.booted.pop(f"aws-{made}").identity
    assert identity is not None
    identity.powered_off()
    wait_for(lambda: "instance" not in bed.billed())
    ended = until_state(ec2, made, state)
    assert ended["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    identity.powered_off()  # once more, too late
    assert seen(ec2, made)["State"]["Name"] == state


def test_events_are_ordered_through_the_rehearsals_own_door(bed: Bed, machines: RememberedMachines) -> None:
    admin = Admin(bed.world, {}, {}, lambda: None)
    for event in (b"reboot", b"power cut"):
        assert admin.answer("POST", "guests", b'{"guest": "aws-i-1", "event": "%s"}' % event)[0] == 200
    assert machines.rebooted == ["aws-i-1"] * 2
    with pytest.raises(ValueError, match="no event 'flood'; there is reboot, power cut"):
        admin.answer("POST", "guests", b'{"guest": "aws-i-1", "event": "flood"}')


def test_nothing_happens_to_guests_without_a_machine(tmp_path: Path) -> None:
    with standing(tmp_path) as bed, pytest.raises(ValueError, match="nothing like that happens to remembered guests"):
        Admin(bed.world, {}, {}, lambda: None).answer("POST", "guests", b'{"guest": "x", "event": "reboot"}')


def test_a_second_emulated_ec2_in_a_process_ends_the_first_one() -> None:
    first = Engine()
    Engine()
    with pytest.raises(RuntimeError, match="has room for one"):
        first.ec2("us-east-1")
