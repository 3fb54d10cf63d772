"""What can be bought, from the dated tables."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cloudgpu.errors import UsageError
from cloudgpu.model import Gpu, GpuRequest
from cloudgpu.providers.gcp.images import family_for
from cloudgpu.providers.gcp.offers import offers

T4 = Gpu("T4")


def test_a_t4_is_an_n1_and_its_price_is_both_parts() -> None:
    cheapest = offers(GpuRequest(gpu=T4))[0]
    assert (cheapest.zone, cheapest.region, cheapest.instance_type) == ("us-central1-a", "us-central1", "n1-standard-4")
    assert cheapest.hourly == Decimal("0.5400")
    assert (cheapest.vcpus, cheapest.memory_gb, cheapest.gpu) == (4, 15.0, T4)


def test_every_zone_has_two_sizes_for_each_count() -> None:
    found = offers(GpuRequest(gpu=Gpu("T4", 2), zones=("us-central1-f",)))
    assert [one.instance_type for one in found] == ["n1-standard-8", "n1-standard-16"]


def test_spot_costs_less_and_is_marked() -> None:
    spot = offers(GpuRequest(gpu=T4, zones=("us-central1-a",), spot=True))[0]
    assert spot.spot
    assert spot.hourly == Decimal("0.2420")


def test_a_gpu_that_is_part_of_the_machine() -> None:
    assert offers(GpuRequest(gpu=Gpu("L4"), regions=("us-central1",)))[0].instance_type == "g2-standard-4"
    assert {one.instance_type for one in offers(GpuRequest(gpu=Gpu("A100-80GB", 2)))} == {"a2-ultragpu-2g"}


def test_what_is_sold_as_spot_only_is_not_offered_on_demand() -> None:
    assert offers(GpuRequest(gpu=Gpu("H100"))) == []
    assert {one.instance_type for one in offers(GpuRequest(gpu=Gpu("H100"), spot=True))} == {"a3-highgpu-1g"}
    assert {one.instance_type for one in offers(GpuRequest(gpu=Gpu("H100", 8)))} == {"a3-highgpu-8g"}


def test_without_a_gpu_the_cheapest_single_one_that_runs_current_images() -> None:
    found = offers(GpuRequest())
    assert found[0].gpu == T4
    assert {one.gpu.count for one in found} == {1}
    assert not {"P4", "P100", "V100"} & {one.gpu.type for one in offers(GpuRequest(spot=True))}


def test_a_machine_type_alone_is_enough() -> None:
    assert {one.gpu for one in offers(GpuRequest(instance_type="g2-standard-24"))} == {Gpu("L4", 2)}
    assert T4 in {one.gpu for one in offers(GpuRequest(instance_type="n1-highmem-16"))}


def test_a_machine_too_big_for_the_gpu_is_not_offered() -> None:
    assert offers(GpuRequest(gpu=Gpu("P100"), instance_type="n1-standard-32")) == []
    assert offers(GpuRequest(gpu=Gpu("P100", 2), instance_type="n1-standard-32"))


def test_the_price_limit_holds() -> None:
    assert offers(GpuRequest(gpu=T4, max_hourly=Decimal("0.50"))) == []
    assert all(
        one.hourly and one.hourly <= Decimal("0.60") for one in offers(GpuRequest(gpu=T4, max_hourly=Decimal("0.60")))
    )


def test_where_the_tables_know_no_zone_the_persons_word_counts() -> None:
    wanted = Gpu("RTX-PRO-6000")
    assert offers(GpuRequest(gpu=wanted)) == []
    assert [one.zone for one in offers(GpuRequest(gpu=wanted, zones=("us-central1-b",)))] == ["us-central1-b"]


def test_fractions_and_gpus_of_other_clouds_are_no_offers() -> None:
    assert offers(GpuRequest(gpu=Gpu("A10G"))) == []
    with pytest.raises(UsageError):
        offers(GpuRequest(instance_type="g4-standard-6"))


@pytest.mark.parametrize(
    ("request_", "hint"),
    [
        (GpuRequest(gpu=T4, zones=("us-centrl1-a",)), "Did you mean us-central1-a"),
        (GpuRequest(gpu=T4, regions=("us-centrall1",)), "Did you mean us-central1"),
        (GpuRequest(gpu=T4, instance_type="n1-standart-4"), "Did you mean n1-standard-4"),
        (GpuRequest(gpu=T4, zones=("zzz",)), "cloudgpu launch --zone"),
    ],
)
def test_what_does_not_exist_gets_a_hint(request_: GpuRequest, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        offers(request_)
    assert hint in caught.value.remedy


def test_an_image_whose_driver_knows_the_gpu() -> None:
    assert "with-nvidia-580" in family_for("T4") == family_for("H100")
    assert "deeplearning-platform-release" in family_for("V100") == family_for("P4")
