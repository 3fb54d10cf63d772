"""One emulated cloud for all tests here, tidied after each; gone before another package opens one, for a process has
room for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.rehearsal_ec2.bed import Bed, named, standing, wait_for

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

ALIVE = named("instance-state-name", "pending", "running", "stopping", "stopped", "shutting-down")


@pytest.fixture(scope="package")
def standing_bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with standing(tmp_path_factory.mktemp("ec2")) as bed:
        yield bed


@pytest.fixture(scope="package")
def east(standing_bed: Bed) -> EC2Client:
    client: EC2Client = standing_bed.client("ec2")
    return client


@pytest.fixture
def bed(standing_bed: Bed, east: EC2Client) -> Iterator[Bed]:
    yield standing_bed
    guests = standing_bed.guests
    standing_bed.world.faults.clear()
    standing_bed.front.configure(dict.fromkeys(standing_bed.front.configure({})))  # all as new
    standing_bed.world.clock.change({"operation_seconds": 0.02})
    guests.port, guests.open_doors, guests.refuse, guests.chatter = 2222, True, "", ""
    _terminate_all(east)
    guests.halted.clear()


@pytest.fixture
def ec2(bed: Bed, east: EC2Client) -> EC2Client:
    return east


def _terminate_all(east: EC2Client) -> None:
    def alive() -> list[str]:
        return [
            one["InstanceId"]
            for reservation in east.describe_instances(Filters=[ALIVE])["Reservations"]
            for one in reservation["Instances"]
        ]

    if ids := alive():
        east.terminate_instances(InstanceIds=ids)
        wait_for(lambda: not alive())
