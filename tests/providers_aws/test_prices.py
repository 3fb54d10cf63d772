"""The priced table, and the limits that each type draws on."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cloudgpu.model import Gpu
from cloudgpu.providers.aws.buckets import bucket_of
from cloudgpu.providers.aws.prices import REGIONS, machines


def test_prices_are_those_of_the_table() -> None:
    machine = machines()["g4dn.xlarge"]
    assert (machine.gpu, machine.vcpus, machine.memory_gb) == (Gpu("T4"), 4, 16.0)
    assert {machine.hourly(region, spot=False) for region in REGIONS} == {Decimal("0.526")}
    assert machine.hourly("us-west-2", spot=True) == Decimal("0.1894")
    assert machine.hourly("us-east-2", spot=True) is None


def test_a_type_without_a_price_has_none() -> None:
    assert machines()["p5e.48xlarge"].hourly("us-east-2", spot=False) is None


def test_gpus_are_in_our_spelling() -> None:
    assert machines()["p4d.24xlarge"].gpu == Gpu("A100", 8)
    assert machines()["p4de.24xlarge"].gpu == Gpu("A100-80GB", 8)
    assert machines()["g7e.2xlarge"].gpu == Gpu("RTX-PRO-6000")


def test_what_the_images_cannot_drive_is_unfit() -> None:
    unfit = {name.partition(".")[0] for name, machine in machines().items() if machine.unfit}
    assert unfit == {"g5g", "g6f", "gr6f", "p3dn"}


@pytest.mark.parametrize(
    ("instance_type", "spot", "code"),
    [
        ("g6.xlarge", False, "L-DB2E81BA"),
        ("gr6.4xlarge", True, "L-3819A6DF"),
        ("p4d.24xlarge", False, "L-417A185B"),
        ("p4d.24xlarge", True, "L-7212CCBC"),
        ("p5.4xlarge", True, "L-C4BD4855"),
        ("p6-b200.48xlarge", False, "L-417A185B"),
        ("p6-b200.48xlarge", True, None),
    ],
)
def test_each_type_draws_on_its_limit(instance_type: str, spot: bool, code: str | None) -> None:
    assert bucket_of(instance_type, spot).code == code


def test_the_way_to_more_is_a_command_or_where_no_code_is_known_a_page() -> None:
    assert "--quota-code L-DB2E81BA" in bucket_of("g4dn.xlarge", False).ask_for(8, "us-east-1")
    assert bucket_of("p6-b200.48xlarge", True).ask_for(192, "us-east-1").startswith("https://us-east-1.console.aws")
