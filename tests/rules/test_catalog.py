"""GPU names under one spelling, whatever a cloud or a person calls them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgpu.data import table
from cloudgpu.errors import UsageError
from cloudgpu.model import Gpu
from cloudgpu.rules import catalog


@pytest.mark.parametrize(
    ("text", "gpu"),
    [
        ("T4", Gpu("T4")),
        ("t4:2", Gpu("T4", 2)),
        ("a100_80gb", Gpu("A100-80GB")),
        ("A100-40GB", Gpu("A100")),
        ("nvidia-tesla-t4", Gpu("T4")),
        ("Tesla V100", Gpu("V100")),
        ("rtx pro 6000", Gpu("RTX-PRO-6000")),
        ("L4:16", Gpu("L4", 16)),
        ("l4:", Gpu("L4")),
        ("k80", Gpu("K80")),
        ("gb200:4", Gpu("GB200", 4)),
        ("NVIDIA H100 80GB", Gpu("H100")),
        ("h200-141gb:8", Gpu("H200", 8)),
        ("nvidia-tesla-t4-vws", Gpu("T4-VWS")),
    ],
)
def test_case_and_dashes_are_forgiven(text: str, gpu: Gpu) -> None:
    assert catalog.parse_gpu(text) == gpu


@pytest.mark.parametrize("name", catalog.GPUS)
def test_every_clouds_spelling_is_understood(name: str) -> None:
    for spelling in (name, *catalog.GPUS[name]):
        assert not spelling or catalog.parse_gpu(spelling) == Gpu(name)


@pytest.mark.parametrize(
    "text", ["Z9", "", ":1", "nvidia", "T4:0", "T4:17", "T4:x", "T4:-1", "T4:1.5", "T4:²", "T4:1:1", "T4:" + "9" * 5000]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        catalog.parse_gpu(text)
    assert "cloudgpu launch --gpu" in caught.value.remedy


def test_a_retired_gpu_is_known_and_names_its_successor() -> None:
    with pytest.raises(UsageError) as caught:
        catalog.not_retired(Gpu("K80", 2), "Google Cloud")
    assert (caught.value.brief, caught.value.remedy) == (
        "K80 is retired on Google Cloud.",
        "use T4: cloudgpu launch --gpu T4",
    )
    catalog.not_retired(Gpu("T4"), "Google Cloud")
    with pytest.raises(UsageError) as caught:
        catalog.parse_gpu("K800")
    assert "K80" not in caught.value.remedy


def test_every_model_has_a_memory_and_every_retired_one_a_successor() -> None:
    assert catalog.GPU_MEMORY_GB.keys() == catalog.GPUS.keys()
    assert set(catalog.RETIRED) <= catalog.GPUS.keys() and set(catalog.RETIRED.values()) <= catalog.GPUS.keys()


def test_a_near_miss_is_told() -> None:
    with pytest.raises(UsageError) as caught:
        catalog.parse_gpu("A10")
    assert "Did you mean" in caught.value.remedy


@given(st.text())
def test_no_text_does_worse_than_a_usage_error(text: str) -> None:
    for read in (catalog.parse_gpu, catalog.resolve_image):
        try:
            read(text)
        except UsageError as error:
            assert error.remedy


def test_googles_table_is_covered() -> None:
    for row in table("gcp_gpu_zones"):
        ours = catalog.gpu_of_gcp(row["accelerator"])
        assert ours in catalog.GPUS or ours == row["accelerator"]
    assert catalog.gpu_of_gcp("nvidia-tesla-t4") == "T4"
    assert catalog.gpu_of_gcp("nvidia-x9") == "nvidia-x9"


@pytest.mark.parametrize(
    ("name", "memory", "ours"),
    [("T4", 16384, "T4"), ("A100", 40960, "A100"), ("A100", 81920, "A100-80GB"), ("X9", 1, "X9")],
)
def test_amazons_names(name: str, memory: int, ours: str) -> None:
    assert catalog.gpu_of_aws(name, memory) == ours


@pytest.mark.parametrize("name", catalog.IMAGES)
def test_short_names_of_images(name: str) -> None:
    assert "/" in catalog.resolve_image(name)


@pytest.mark.parametrize(
    "text", ["ubuntu", "ghcr.io/me/thing:1.2", "me/thing@sha256:abc", "pytorch:latest", "localhost:5000/x"]
)
def test_other_references_are_themselves(text: str) -> None:
    assert catalog.resolve_image(text) == text


@pytest.mark.parametrize("text", ["tensorlow", "pytorh", "", "-v", "a b", "$(id)", "a;b", "../x"])
def test_misspelt_and_malformed_references_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        catalog.resolve_image(text)
    assert caught.value.remedy


def test_the_default_image_is_one_of_them() -> None:
    assert catalog.DEFAULT_IMAGE in catalog.IMAGES
