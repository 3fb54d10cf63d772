"""What an offer draws on, and what the cloud tells of it."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from cloudgpu.errors import NoRouteError
from cloudgpu.model import Offer
from cloudgpu.providers.gcp import cloudquotas
from cloudgpu.providers.gcp.provider import Gcp
from cloudgpu.rules import choose
from tests.providers_gcp.bed import PROJECT, Bed
from tests.providers_gcp.conftest import MakeSpec
from tests.providers_gcp.offering import A100, B200, H100, REGION, OpenAccount, offer, questions

INFO = "cloudquotas.projects.locations.services.quotaInfos.get"


def told(found: object) -> dict[str, tuple[float | None, float | None]]:
    return {one.name: (one.limit, one.used) for one in found}  # type: ignore[attr-defined]  # quotas


def test_every_limit_that_it_draws_on(account: OpenAccount) -> None:
    gcp = account()
    needed = {one.name: (one.scope, one.limit, one.needed) for one in gcp.quotas(offer("T4", 2))}
    assert needed == {
        "GPUS_ALL_REGIONS": ("global", 16, 2),
        "NVIDIA_T4_GPUS": (REGION, 8, 2),
        "CPUS": (REGION, 500, 4),
        "SSD_TOTAL_GB": (REGION, 20_000, 100),
        "IN_USE_ADDRESSES": (REGION, 100, 1),
    }
    assert "CPUS" not in told(gcp.quotas(A100))
    assert told(gcp.quotas(B200)) == {
        "GPUS_ALL_REGIONS": (16, 0),
        "GPUS_PER_GPU_FAMILY/NVIDIA_B200": (8, None),
        "HDB_TOTAL_GB": (20_000, 0),
        "IN_USE_ADDRESSES": (100, 0),
    }


# settings -> the offer, and what is told of the limit on its GPUs
SITUATIONS: list[tuple[str, dict[str, object], Offer, str, float | None]] = [
    ("a limit of nothing", {"NVIDIA_T4_GPUS": 0}, offer(), "NVIDIA_T4_GPUS", 0),
    ("in this region only", {"NVIDIA_T4_GPUS": {REGION: 3}}, offer(), "NVIDIA_T4_GPUS", 3),
    ("not told", {"NVIDIA_T4_GPUS": None}, offer(), "NVIDIA_T4_GPUS", None),
    ("spot", {}, offer(spot=True), "PREEMPTIBLE_NVIDIA_T4_GPUS", 8),
    ("flex start draws as spot does", {}, offer(flex_start=True), "PREEMPTIBLE_NVIDIA_T4_GPUS", 8),
    ("no spot limit: the normal one", {"PREEMPTIBLE_NVIDIA_T4_GPUS": 0}, offer(spot=True), "NVIDIA_T4_GPUS", 8),
    ("spot not told", {"PREEMPTIBLE_NVIDIA_T4_GPUS": None}, offer(spot=True), "PREEMPTIBLE_NVIDIA_T4_GPUS", None),
    ("a family", {}, H100, "GPUS_PER_GPU_FAMILY/NVIDIA_H100", 8),
    ("a family that is short", {"GPUS_PER_GPU_FAMILY": 0}, H100, "GPUS_PER_GPU_FAMILY/NVIDIA_H100", 0),
    ("of another family", {"GPUS_PER_GPU_FAMILY/NVIDIA_B200": 0}, H100, "GPUS_PER_GPU_FAMILY/NVIDIA_H100", 8),
    (
        "a family in this region", {"GPUS_PER_GPU_FAMILY/NVIDIA_H100": {REGION: 4, "us-east4": 0}},
        H100, "GPUS_PER_GPU_FAMILY/NVIDIA_H100", 4,
    ),
    ("a family as spot", {}, replace(H100, spot=True), "PREEMPTIBLE_NVIDIA_H100_GPUS", 8),
    ("a family as spot, not listed", {}, replace(B200, spot=True), "PREEMPTIBLE_NVIDIA_B200_GPUS", 8),
    (
        "a family without a spot limit", {"PREEMPTIBLE_NVIDIA_B200_GPUS": 0},
        replace(B200, spot=True), "GPUS_PER_GPU_FAMILY/NVIDIA_B200", 8,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "wanted", "name", "limit"), [one[1:] for one in SITUATIONS], ids=[s[0] for s in SITUATIONS]
)
def test_situations(
    account: OpenAccount, bed: Bed, limits: dict[str, object], wanted: Offer, name: str, limit: float | None
) -> None:
    bed.configure({"quotas": limits})
    found = account().quotas(wanted)
    (of_gpu,) = [one for one in choose.of_gpus(found) if one.scope == REGION]
    assert (of_gpu.name, of_gpu.limit) == (name, limit)
    assert (of_gpu in choose.short_of(found)) == (limit is not None and limit < wanted.gpu.count)


def test_what_is_in_use_is_subtracted(account: OpenAccount, bed: Bed, gcp: Gcp, make_spec: MakeSpec) -> None:
    gcp.create(make_spec("us-central1-a"))
    bed.configure({"quotas": {"NVIDIA_T4_GPUS": 1, "SSD_TOTAL_GB": 150}})
    found = {one.name: one for one in account().quotas(offer())}
    assert (found["NVIDIA_T4_GPUS"].used, found["NVIDIA_T4_GPUS"].left) == (1, 0)
    assert [one.name for one in choose.short_of(found.values())] == ["NVIDIA_T4_GPUS", "SSD_TOTAL_GB"]
    assert "--request 2 " in found["NVIDIA_T4_GPUS"].remedy


def test_the_limit_of_the_project_may_not_be_told(account: OpenAccount, bed: Bed) -> None:
    bed.configure({"quotas": {"GPUS_ALL_REGIONS": None}})
    assert told(account().quotas(offer()))["GPUS_ALL_REGIONS"] == (None, None)


def test_the_limit_of_the_project_is_no_bar_to_spot(account: OpenAccount, bed: Bed) -> None:
    bed.configure({"quotas": {"GPUS_ALL_REGIONS": 0}})
    assert choose.short_of(account().quotas(offer()))
    assert not choose.short_of(account().quotas(offer(spot=True)))


@pytest.mark.parametrize("setting", [{"cloudquotas_api": False}, {"denied": ["cloudquotas.quotas.get"]}])
def test_without_the_cloud_quotas_api_a_family_is_unknown(
    account: OpenAccount, bed: Bed, setting: dict[str, object]
) -> None:
    bed.configure({"projects": {PROJECT: setting}})
    assert told(account().quotas(H100))["GPUS_PER_GPU_FAMILY/NVIDIA_H100"] == (None, None)


def test_an_api_that_cannot_be_reached_tells_nothing(account: OpenAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDQUOTAS", f"http://127.0.0.1:{free.getsockname()[1]}")
    gcp = account()
    assert told(gcp.quotas(H100))["GPUS_PER_GPU_FAMILY/NVIDIA_H100"] == (None, None)
    with pytest.raises(NoRouteError):
        gcp.raise_quota(next(iter(gcp.quotas(H100))), 99, contact="ann@example.com")


def test_a_lost_answer_is_asked_for_again(account: OpenAccount, bed: Bed) -> None:
    bed.fault(INFO, "reset", times=2)
    bed.fault(INFO, "error", code="backendError", http_status=503, surface="http")
    assert told(account().quotas(H100))["GPUS_PER_GPU_FAMILY/NVIDIA_H100"] == (8, None)


def test_a_whole_plan_asks_three_questions(account: OpenAccount, bed: Bed) -> None:
    gcp = account()
    gcp.verify()
    before = len(bed.asked)
    for region in ("us-central1", "us-east4", "europe-west4"):
        for kind in (offer(), A100, H100, offer("H200", 8, "a3-ultragpu-8g"), offer(spot=True)):
            gcp.quotas(replace(kind, region=region))
    assert [path.partition("?")[0].rpartition("/")[2] for path in questions(bed, before)] == [
        "regions",
        "GPUS-PER-GPU-FAMILY-per-project-region",
    ]


def test_a_remedy_can_be_pasted(account: OpenAccount) -> None:
    gcp = account()
    remedies = {one.name: one.remedy for one in gcp.quotas(offer("L4", 2, "g2-standard-24", spot=True))}
    mine = f"--contact YOU@EXAMPLE.COM --project {PROJECT}"
    assert remedies["PREEMPTIBLE_NVIDIA_L4_GPUS"] == (
        f"cloudgpu quota --provider gcp --gpu L4:2 --region us-central1 --spot --request 2 {mine}"
    )
    assert remedies["SSD_TOTAL_GB"] == f"https://console.cloud.google.com/iam-admin/quotas?project={PROJECT}"
    plain = {one.name: one.remedy for one in gcp.quotas(offer())}
    assert plain["GPUS_ALL_REGIONS"].startswith(
        "cloudgpu quota --provider gcp --gpu T4 --region us-central1 --request 1 "
    )


def test_a_row_fits_by_its_dimensions_and_its_places() -> None:
    info = {
        "dimensionsInfos": [
            {
                "dimensions": {"region": "r1", "gpu_family": "A"},
                "details": {"value": "1"},
                "applicableLocations": ["r1"],
            },
            {"dimensions": {"gpu_family": "A"}, "details": {}, "applicableLocations": ["r2"]},
            {"dimensions": {"gpu_family": "B"}, "details": {"value": "-1"}},
            {"details": {"value": "7"}, "applicableLocations": ["r1"]},
        ]
    }
    limit = cloudquotas.limit_in
    assert limit(info, {"region": "r1", "gpu_family": "A"}) == 1
    assert limit(info, {"region": "r2", "gpu_family": "A"}) == 0
    assert limit(info, {"region": "r2", "gpu_family": "B"}) == cloudquotas.UNLIMITED
    assert limit(info, {"region": "r1", "gpu_family": "C"}) == 7
    assert limit(info, {"region": "r3", "gpu_family": "C"}) is None
    assert limit({}, {"region": "r1"}) is None
