"""What people and programs read of quotas, whole, against golden files."""

from __future__ import annotations

import json

import pytest

from cloudgpu.model import Gpu, Quota, QuotaAnswer
from cloudgpu.ui import quota
from tests.ui.conftest import Golden

ASK = "cloudgpu quota --provider gcp --gpu T4 --region {} --request 1 --contact YOU@EXAMPLE.COM"
ALL = Quota("GPUS_ALL_REGIONS", "global", 1, 0, 1, ASK.format("us-central1"))


def limits(
    region: str, gpus: float | None, used: float | None = 0, disk: float = 4096
) -> tuple[str, tuple[Quota, ...]]:
    mine = Quota("NVIDIA_T4_GPUS", region, gpus, used, 1, ASK.format(region))
    return region, (ALL, mine, Quota("SSD_TOTAL_GB", region, disk, 100, 100, "https://console.example/quotas"))


FEW = [limits("us-central1", 4, 1), limits("us-east1", 0), limits("us-west1", None, None)]
MANY = [
    limits("us-central1", 0),
    limits("us-east1", 1),
    limits("us-west1", 2, None),
    limits("us-west2", 2, 0, disk=150),
]
ANSWERS = [
    QuotaAnswer("GPUS_ALL_REGIONS", "global", 4, "granted", 4),
    QuotaAnswer("NVIDIA_T4_GPUS", "us-central1", 4, "pending", 1),
    QuotaAnswer("NVIDIA_T4_GPUS", "us-east1", 4, "refused", 0, "Quota request\n denied"),
    QuotaAnswer("NVIDIA_T4_GPUS", "us-west1", 4, "partly granted", 2, "Quota request approved to 2"),
]


def screen(regions: quota.Regions, *, spot: bool = False) -> str:
    return quota.screen("gcp", "my-project", Gpu("T4"), spot=spot, regions=regions)


def test_of_few_regions_all_is_shown(golden: Golden) -> None:
    golden("quota", screen(FEW))


def test_of_many_only_what_matters(golden: Golden) -> None:
    golden("quota-many", screen(MANY, spot=True))


def test_where_nothing_fits_it_says_what_to_type(golden: Golden) -> None:
    golden("quota-none", screen([limits("us-central1", 0, disk=150)]))


def test_what_became_of_the_requests(golden: Golden) -> None:
    golden("quota-answers", quota.answered(ANSWERS))
    assert quota.answered([]) == ""


def test_for_programs(golden: Golden) -> None:
    whole = quota.document("gcp", "my-project", Gpu("T4"), spot=False, regions=FEW[:2], answers=ANSWERS[:1])
    golden("document-quota", json.dumps(whole, indent=2))
    regions = whole["regions"]
    assert isinstance(regions, list)
    assert [one["fits"] for one in regions] == [True, False]


@pytest.mark.parametrize(
    ("amount", "text"), [(None, "unknown"), (8, "8"), (20480.0, "20480"), (0.5, "0.5"), (2.0**63, "unlimited")]
)
def test_numbers(amount: float | None, text: str) -> None:
    assert quota.number(amount) == text
