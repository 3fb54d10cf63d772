"""What can be bought, for what was asked for: zones joined with prices. Nobody is asked here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from cloudgpu.errors import UsageError
from cloudgpu.model import Gpu, GpuRequest, Offer
from cloudgpu.providers.gcp import prices
from cloudgpu.providers.gcp.offers import offers
from cloudgpu.providers.gcp.stock import MachineType, Stock, from_tables
from cloudgpu.rules.choose import by_price

T4 = Gpu("T4")
TABLES = from_tables()
SEEN = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)


def machine(name: str, accelerator: str, count: int, *zones: str, arm: bool = False) -> MachineType:
    return MachineType(name, 96, 720.0, accelerator, count, arm, 0, zones)


# what Compute Engine says today, and no table knows
LIVE = replace(
    TABLES,
    seen_at=SEEN,
    accelerators={"nvidia-tesla-t4": ("us-south1-ai1b", "us-central1-a"), "nvidia-tesla-t4-vws": ("us-central1-a",)},
    machines={
        one.name: one
        for one in (
            machine("g4-standard-48", "nvidia-rtx-pro-6000", 1, "us-central1-b", "us-south1-ai1b"),
            machine("g4-standard-12", "nvidia-rtx-pro-6000", 1, "us-central1-b"),
            machine("a4x-highgpu-4g", "nvidia-gb200", 4, "us-central1-a", arm=True),
            machine("a3-ultragpu-8g", "nvidia-h200-141gb", 8, "us-south1-ai1b"),
            machine("a3-ultragpu-8g-nolssd", "nvidia-h200-141gb", 8, "us-south1-ai1b"),
            machine("z9-highgpu-1g", "nvidia-z9", 1, "us-central1-a"),
        )
    },
    zones=frozenset({"us-central1-a", "us-central1-b", "us-south1-ai1b", "mars-north1-a"}),
)


def bought(stock: Stock = TABLES, **request: object) -> list[Offer]:
    return offers(GpuRequest(**request), stock)  # type: ignore[arg-type]  # fields of GpuRequest


def types(found: list[Offer]) -> set[str]:
    return {one.instance_type for one in found}


def test_a_t4_is_an_n1_and_its_price_is_both_parts() -> None:
    cheapest = bought(gpu=T4)[0]
    assert (cheapest.zone, cheapest.region, cheapest.instance_type) == ("us-central1-a", "us-central1", "n1-standard-4")
    assert cheapest.hourly == Decimal("0.5400")
    assert (cheapest.vcpus, cheapest.memory_gb, cheapest.gpu, cheapest.gpu_memory_gb) == (4, 15.0, T4, 16)


def test_every_zone_has_two_sizes_for_each_count() -> None:
    found = bought(gpu=Gpu("T4", 2), zones=("us-central1-f",))
    assert [one.instance_type for one in found] == ["n1-standard-8", "n1-standard-16"]


def test_spot_costs_less_and_is_marked() -> None:
    spot = bought(gpu=T4, zones=("us-central1-a",), spot=True)[0]
    assert spot.spot
    assert spot.hourly == Decimal("0.2420")


@pytest.mark.parametrize(
    ("gpu", "machines"),
    [
        (Gpu("L4", 2), {"g2-standard-24"}),
        (Gpu("A100", 16), {"a2-megagpu-16g"}),
        (Gpu("A100-80GB", 2), {"a2-ultragpu-2g"}),
        (Gpu("H100", 8), {"a3-highgpu-8g"}),
        (Gpu("H100-MEGA", 8), {"a3-megagpu-8g"}),
        (Gpu("V100", 8), {"n1-standard-32", "n1-standard-64"}),
        (Gpu("P4", 4), {"n1-standard-16", "n1-standard-32"}),
        (Gpu("A10G"), set()),
        (Gpu("T4", 3), set()),
    ],
)
def test_which_machines_have_it_on_demand(gpu: Gpu, machines: set[str]) -> None:
    found = bought(gpu=gpu)
    assert types(found) == machines
    assert not any(one.flex_start or one.spot for one in found)
    assert {one.gpu for one in found} <= {gpu}


@pytest.mark.parametrize("gpu", [Gpu("H100"), Gpu("H100", 2), Gpu("H100", 4), Gpu("H200", 8), Gpu("B200", 8)])
def test_what_nobody_can_buy_on_demand_is_started_when_there_is_one(gpu: Gpu) -> None:
    found = bought(gpu=gpu)
    assert found
    assert all(one.flex_start and not one.spot and one.longest_run == timedelta(days=7) for one in found)
    spot = bought(gpu=gpu, spot=True)
    assert types(spot) == types(found)
    assert all(one.spot and not one.flex_start and one.longest_run is None for one in spot)


def test_nobody_gets_a_place_in_a_queue_who_named_no_gpu() -> None:
    assert not any(one.flex_start for one in bought())
    assert any(one.flex_start for one in bought(everything=True))


def test_the_list_price_is_the_most_that_flex_start_costs() -> None:
    assert bought(gpu=Gpu("H100"), zones=("us-central1-a",))[0].hourly == Decimal("11.0612")


def test_without_a_gpu_the_cheapest_single_one_that_runs_current_images() -> None:
    found = bought()
    assert found[0].gpu == T4
    assert {one.gpu.count for one in found} == {1}
    assert not {"P4", "P100", "V100"} & {one.gpu.type for one in bought(spot=True)}


def test_everything_is_from_the_oldest_to_the_newest() -> None:
    kinds = {one.gpu.type for one in bought(everything=True)}
    assert kinds == {"P4", "P100", "V100", "T4", "L4", "A100", "A100-80GB", "H100", "H100-MEGA", "H200", "B200"}
    assert {one.gpu.count for one in bought(everything=True) if one.gpu.type == "V100"} == {1, 2, 4, 8}


def test_a_machine_type_alone_is_enough() -> None:
    assert {one.gpu for one in bought(instance_type="g2-standard-24")} == {Gpu("L4", 2)}
    assert {one.gpu for one in bought(instance_type="n1-highmem-16")} == {T4, Gpu("P4"), Gpu("P100")}


def test_a_machine_too_big_for_the_gpu_is_not_offered() -> None:
    assert bought(gpu=Gpu("P100"), instance_type="n1-standard-32") == []
    assert bought(gpu=Gpu("P100", 2), instance_type="n1-standard-32")


def test_cheapest_first_and_what_has_no_price_last() -> None:
    found = bought(gpu=Gpu("B200", 8))
    assert found == sorted(found, key=lambda one: (by_price(one), one.zone, one.instance_type))
    assert (found[0].region, found[0].hourly, found[-1].hourly) == ("us-central1", Decimal("128.8800"), None)


def test_the_price_limit_holds_and_the_unknown_may_be_above_it() -> None:
    assert bought(gpu=T4, max_hourly=Decimal("0.50")) == []
    assert all(one.hourly and one.hourly <= 1 for one in bought(gpu=T4, max_hourly=Decimal(1)))
    assert {one.region for one in bought(gpu=Gpu("B200", 8), max_hourly=Decimal(1000))} == {"us-central1"}


def test_what_the_cloud_says_today_counts_for_more_than_the_tables() -> None:
    found = bought(LIVE, gpu=T4)
    assert {(one.zone, one.region) for one in found} == {
        ("us-central1-a", "us-central1"),
        ("us-south1-ai1b", "us-south1"),
    }
    assert {one.seen_at for one in found} == {SEEN}
    assert [one.hourly for one in found if one.region == "us-south1"] == [None, None]  # no T4 was sold there
    assert {one.zone for one in bought(LIVE, gpu=Gpu("RTX-PRO-6000"))} == {"us-central1-b", "us-south1-ai1b"}


def test_a_gpu_that_is_newer_than_this_program() -> None:
    new = [one for one in bought(LIVE) if one.gpu == Gpu("nvidia-z9")]
    assert [(one.instance_type, one.hourly, one.gpu_memory_gb) for one in new] == [("z9-highgpu-1g", None, None)]


@pytest.mark.parametrize(
    ("request_", "machines"),
    [
        ({"gpu": Gpu("RTX-PRO-6000")}, {"g4-standard-48"}),
        ({"instance_type": "g4-standard-12"}, {"g4-standard-12"}),
        ({"gpu": Gpu("H200", 8)}, {"a3-ultragpu-8g"}),
        ({"instance_type": "a3-ultragpu-8g-nolssd"}, {"a3-ultragpu-8g-nolssd"}),
        ({"gpu": Gpu("GB200", 4), "spot": True}, {"a4x-highgpu-4g"}),
        ({"gpu": Gpu("T4-VWS")}, {"n1-standard-4", "n1-standard-8"}),
    ],
)
def test_special_machines_have_to_be_named(request_: dict[str, object], machines: set[str]) -> None:
    assert types(bought(LIVE, **request_)) == machines
    assert not {"g4-standard-12", "a4x-highgpu-4g", "a3-ultragpu-8g-nolssd"} & types(bought(LIVE, everything=True))
    assert "T4-VWS" not in {one.gpu.type for one in bought(LIVE, everything=True)}


def test_a_part_of_a_gpu_has_a_part_of_its_memory() -> None:
    offer = bought(LIVE, instance_type="g4-standard-12")[0]
    assert (offer.gpu_memory_gb, offer.share) == (24, 0.25)


def test_where_the_tables_know_no_zone_the_persons_word_counts() -> None:
    wanted = Gpu("RTX-PRO-6000")
    assert bought(gpu=wanted) == []
    assert [one.zone for one in bought(gpu=wanted, zones=("us-central1-d",))] == ["us-central1-d"]
    with pytest.raises(UsageError):
        bought(LIVE, gpu=wanted, zones=("us-central1-d",))


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"gpu": T4, "zones": ("us-centrl1-a",)}, "Did you mean us-central1-a"),
        ({"gpu": T4, "regions": ("us-centrall1",)}, "Did you mean us-central1"),
        ({"gpu": T4, "instance_type": "n1-standart-4"}, "Did you mean n1-standard-4"),
        ({"gpu": T4, "zones": ("zzz",)}, "cloudgpu launch --zone"),
        ({"gpu": Gpu("K80")}, "use T4: cloudgpu launch --gpu T4"),
        ({"gpu": Gpu("GB200", 4)}, "cloudgpu launch --gpu GB200:4 --spot"),
        ({"instance_type": "a4x-highgpu-4g"}, "cloudgpu launch --gpu B200:8"),
    ],
)
def test_what_cannot_be_had_gets_a_hint(request_: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        bought(LIVE, **request_)
    assert words in caught.value.remedy


def test_a_zone_without_the_gpu_is_no_mistake() -> None:
    assert bought(LIVE, gpu=T4, zones=("mars-north1-a",)) == []
    assert bought(LIVE, gpu=T4, regions=("mars-north1",)) == []


def test_the_tables_agree_with_each_other() -> None:
    for one in prices.machines().values():
        assert one.on_demand is None or one.spot is None or one.spot < one.on_demand, one
        assert one.vcpus > 0 and one.memory_gb > 0
    for model, counts in prices.ATTACHABLE.items():
        assert model.endswith("-VWS") or prices.zones_with(model), model
        assert all(most <= 96 for most in counts.values())
    assert {prices.region_of(zone) for zone in prices.zones()} <= prices.regions()
