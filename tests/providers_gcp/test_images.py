"""Which image a machine starts from: the first family that there still is, found once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloudgpu.errors import ProviderError
from cloudgpu.model import Gpu, Origin
from cloudgpu.providers.gcp.images import BEFORE_TURING, Images, families
from cloudgpu.providers.gcp.session import Session
from cloudgpu.testing import samples
from tests.providers_gcp.bed import PROJECT, Bed

T4 = samples.offer("us-central1-a", gpu=Gpu("T4"), instance_type="n1-standard-4")
V100 = samples.offer("us-central1-a", gpu=Gpu("V100"), instance_type="n1-standard-4")
GB200 = samples.offer("us-central1-a", gpu=Gpu("GB200", 4), instance_type="a4x-highgpu-4g")


@pytest.fixture
def retire(bed: Bed) -> Iterator[object]:
    yield lambda *names: bed.configure({"images": {"retired": list(names)}})
    bed.configure({"images": {"retired": []}})


@pytest.fixture
def images(signed_in: pytest.MonkeyPatch) -> Images:
    return Images(Session(Origin("gcp", project=PROJECT)))


def names(*offers: object) -> list[str]:
    return [name for _, name in families(*offers)]  # type: ignore[arg-type]  # one offer


def test_an_image_by_generation_with_the_driver_in_it() -> None:
    assert names(T4)[0] == "ubuntu-accelerator-2404-amd64-with-nvidia-580"
    assert names(T4)[-1] == names(V100)[-1] == "ubuntu-2404-lts-amd64"
    assert "V100" in BEFORE_TURING
    assert not any("accelerator" in name for name in names(V100))
    assert all("arm64" in name for name in names(GB200))


def test_plain_ubuntu_for_whoever_wants_it(images: Images) -> None:
    assert "/ubuntu-2404-noble-amd64" in images.of(T4, plain=True).link
    assert not images.of(T4, plain=True).signed
    assert "accelerator" in images.of(T4).link
    assert [name for _, name in families(GB200, plain=True)] == ["ubuntu-2404-lts-arm64"]


@pytest.mark.parametrize(
    ("gone", "family", "signed", "least"),
    [
        (0, "ubuntu-accelerator-2404-amd64-with-nvidia-580", True, 1),
        (1, "ubuntu-accelerator-2204-amd64-with-nvidia-580", True, 1),
        (2, "common-cu129-ubuntu-2404-nvidia-580", False, 20),
        (3, "common-cu129-ubuntu-2204-nvidia-580", False, 20),
        (4, "ubuntu-2404", False, 1),
    ],
)
def test_when_a_family_is_gone_the_next_one_counts(
    images: Images, bed: Bed, retire: object, gone: int, family: str, signed: bool, least: int
) -> None:
    retire(*names(T4)[:gone])  # type: ignore[operator]  # the fixture
    found = images.of(T4)
    name = found.link.rpartition("/")[2]
    assert name.startswith(family)
    assert "family" not in found.link, "an image, so that each attempt starts the same"
    assert bed.raw(f"../{found.link.removeprefix('projects/')}").ok
    assert (found.signed, found.size_gb >= least) == (signed, True)


def test_each_family_is_asked_for_once(images: Images, bed: Bed, retire: object) -> None:
    retire(names(T4)[0])  # type: ignore[operator]  # the fixture
    before = len(bed.asked)
    assert images.of(T4) == images.of(T4)
    assert images.of(V100).deep_learning
    assert len([line for line in bed.asked[before:] if "/images/family/" in line]) == 3


def test_when_all_are_gone_it_says_so(images: Images, retire: object) -> None:
    retire(*names(T4))  # type: ignore[operator]  # the fixture
    with pytest.raises(ProviderError) as caught:
        images.of(T4)
    assert "pip install" in caught.value.remedy
    assert names(T4)[0] in caught.value.details


def test_a_cloud_that_stumbles_is_no_family_that_is_gone(images: Images, bed: Bed) -> None:
    message = "Required 'compute.images.getFromFamily' permission for 'projects/x/global/images/family/y'"
    bed.fault(
        "compute.images.getFromFamily", "error", code="forbidden", message=message, http_status=403, surface="http"
    )
    with pytest.raises(ProviderError) as caught:
        images.of(T4)
    assert caught.value.code == "forbidden"
