"""The dated tables, and the limits that each type draws on."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cloudgpu.data import source, table
from cloudgpu.model import Gpu
from cloudgpu.providers.aws.buckets import bucket_of
from cloudgpu.providers.aws.prices import REGIONS, gpu_memory_gb, hourly, machines, sold_in, zone_ids
from cloudgpu.providers.aws.spelling import RETIRED_TYPES


def test_a_machine_is_what_the_table_says() -> None:
    machine = machines()["g4dn.xlarge"]
    assert (machine.gpu, machine.gpu_memory_gb, machine.share) == (Gpu("T4"), 16, 1)
    assert (machine.vcpus, machine.memory_gb, machine.nvme_gb, machine.arm) == (4, 16.0, 125, False)
    assert machines()["g5g.xlarge"].arm and not machines()["g5g.xlarge"].nvme_gb
    assert machines()["p5.48xlarge"].usage == ("capacity-block", "on-demand", "spot")


def test_each_region_has_its_own_prices() -> None:
    assert {hourly(region, "g4dn.xlarge", spot=False) for region in REGIONS} == {Decimal("0.526")}
    assert hourly("eu-west-1", "g4dn.xlarge", spot=False) == Decimal("0.587")
    assert hourly("eu-west-1", "p5.48xlarge", spot=False) is None
    assert hourly("us-east-2", "p5e.48xlarge", spot=False) is None
    assert hourly("mars-north-1", "g4dn.xlarge", spot=False) is None


def test_what_spot_was_found_to_cost() -> None:
    assert hourly("us-west-2", "g4dn.xlarge", spot=True) == Decimal("0.1894")
    assert hourly("us-east-2", "g4dn.xlarge", spot=True) is None
    assert hourly("us-east-1", "g7.2xlarge", spot=True) is None


def test_the_price_table_says_where_it_is_from_and_how_each_price_was_found() -> None:
    said = source("aws_gpu_prices")
    assert said["date"] and len(said["source"]) >= 1
    for row in table("aws_gpu_prices"):
        assert Decimal(row["usd_hour_on_demand"]) > 0 and row["basis"], row


def test_no_region_is_much_cheaper_or_dearer_than_the_first_and_no_size_out_of_line() -> None:
    """A dedicated host's or a wrong currency's price would be."""
    for row in table("aws_gpu_prices"):
        first = hourly("us-east-1", row["instance_type"], spot=False)
        assert first is None or 1 <= Decimal(row["usd_hour_on_demand"]) / first < 2, row
    for region in {row["region"] for row in table("aws_gpu_prices")}:
        for family in ("g4dn", "g5", "g6", "g6e"):
            here = [(name, hourly(region, name, spot=False)) for name in machines() if name.startswith(f"{family}.")]
            ratios = [price / (hourly("us-east-1", name, spot=False) or 1) for name, price in here if price]
            assert not ratios or max(ratios) / min(ratios) < Decimal("1.003"), (region, family)


def test_gpus_are_in_our_spelling() -> None:
    assert machines()["p4d.24xlarge"].gpu == Gpu("A100", 8)
    assert machines()["p4de.24xlarge"].gpu == Gpu("A100-80GB", 8)
    assert machines()["g7e.2xlarge"].gpu == Gpu("RTX-PRO-6000")
    assert machines()["g5g.xlarge"].gpu == Gpu("T4G")


def test_the_count_is_read_and_not_guessed_from_the_size() -> None:
    sizes = ["xlarge", "12xlarge", "16xlarge", "24xlarge", "48xlarge"]
    assert [machines()[f"g6.{size}"].gpu.count for size in sizes] == [1, 4, 1, 4, 8]


@pytest.mark.parametrize(
    ("gpu", "mib", "share", "gb"),
    [
        ("A10G", 22888, 1, 24),
        ("V100", 32768, 1, 32),
        ("L4", 2861, 0.125, 3),
        ("H200", 144384, 1, 141),
        ("Z9", 51200, 1, 50),
    ],
)
def test_memory_is_what_is_written_on_the_card(gpu: str, mib: int, share: float, gb: float) -> None:
    assert gpu_memory_gb(gpu, mib, share) == gb


def test_a_part_of_a_gpu_counts_as_one_and_has_a_part_of_its_memory() -> None:
    part = machines()["g6f.2xlarge"]
    assert (part.gpu, part.share, part.gpu_memory_gb) == (Gpu("L4"), 0.25, 6)


def test_zones_are_known_by_id_in_the_regions_that_were_looked_at() -> None:
    assert zone_ids("us-west-2", "g6.xlarge") == frozenset({"usw2-az1", "usw2-az2", "usw2-az3", "usw2-az4"})
    assert zone_ids("us-east-2", "p4de.24xlarge") == frozenset()
    assert zone_ids("eu-west-1", "g5.xlarge") is None
    assert "g4dn.xlarge" in sold_in("eu-west-1") and "p4de.24xlarge" not in sold_in("us-east-2")


def test_what_is_retired_is_not_in_the_table_and_its_successor_is() -> None:
    assert not RETIRED_TYPES.keys() & machines().keys()
    assert set(RETIRED_TYPES.values()) <= machines().keys()


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
