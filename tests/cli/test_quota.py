"""`cloudgpu quota` against the embedded Compute Engine, as an account of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudgpu.rehearsal.gce.settings import DEFAULTS
from tests.cli.conftest import Cli
from tests.providers_gcp.bed import PROJECT, Bed, sign_in, standing

T4 = ("quota", "--provider", "gcp", "--gpu", "T4", "--region", "us-central1")
ASK = ("--request", "12", "--contact", "ann@example.com")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with standing(tmp_path_factory.mktemp("gce")) as bed:
        yield bed


@pytest.fixture(autouse=True)
def bed(cloud: Bed, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bed]:
    sign_in(monkeypatch, cloud.url, tmp_path)
    yield cloud
    cloud.world.faults.clear()
    cloud.configure({"quotas": DEFAULTS, "quota_requests": "grant", "projects": {PROJECT: {}}})


def test_a_table_by_region(cli: Cli, bed: Bed) -> None:
    bed.configure({"quotas": {"NVIDIA_T4_GPUS": {"us-west1": 0}}})
    done = cli(*T4, "--region", "us-west1")
    assert done.status == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["us-central1", "NVIDIA_T4_GPUS", "8", "0", "1", "8", "yes"] in rows
    assert ["us-west1", "NVIDIA_T4_GPUS", "0", "0", "1", "0", "no"] in rows
    assert ["everywhere", "GPUS_ALL_REGIONS", "16", "0", "1", "16", "yes"] in rows
    assert ["IN_USE_ADDRESSES", "100", "0", "1", "100"] in rows


def test_json_is_one_document(cli: Cli, bed: Bed) -> None:
    bed.configure({"projects": {PROJECT: {"cloudquotas_api": False}}})
    done = cli("quota", "--provider", "gcp", "--gpu", "H100:8", "--json")
    assert done.status == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["provider"], told["account"], told["gpu"]) == ("gcp", PROJECT, {"type": "H100", "count": 8})
    assert (told["spot"], told["requests"]) == (False, [])
    assert all(one["fits"] for one in told["regions"])
    family = told["regions"][0]["limits"][1]
    assert (family["name"], family["limit"], family["left"]) == ("GPUS_PER_GPU_FAMILY/NVIDIA_H100", None, None)


@pytest.mark.parametrize(
    ("mood", "status", "words"),
    [
        ("grant", 0, "NVIDIA_T4_GPUS (us-central1) to 12: granted, the limit is 12."),
        ("refuse", 3, "NVIDIA_T4_GPUS (us-central1) to 12: refused, the limit is 8. Quota request denied"),
        ({"partly": 10}, 3, "partly granted, the limit is 10."),
        ({"ineligible": "NO_VALID_BILLING_ACCOUNT"}, 3, "Not asked for: the project has no billing account"),
    ],
)
def test_asking_for_more(cli: Cli, bed: Bed, mood: object, status: int, words: str) -> None:
    bed.configure({"quota_requests": mood})
    done = cli(*T4, *ASK, "--yes")
    assert done.status == status, done.stderr
    assert words in done.stdout
    assert "GPUS_ALL_REGIONS (" not in done.stdout
    if status:
        assert "cloudgpu quota --provider gcp --gpu T4" in done.stderr
        assert "Traceback" not in done.stderr


def test_what_is_pending_is_said_clearly(cli: Cli, bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    from cloudgpu.providers.gcp import raising

    monkeypatch.setattr(raising, "_WITHIN", 0.3)
    bed.configure({"quota_requests": "pending", "quotas": {"GPUS_ALL_REGIONS": 0}})
    done = cli(*T4, *ASK, "--yes", "--json")
    assert done.status == 0, done.stderr
    told = json.loads(done.stdout)
    assert [(one["name"], one["state"], one["asked"]) for one in told["requests"]] == [
        ("GPUS_ALL_REGIONS", "pending", 12),
        ("NVIDIA_T4_GPUS", "pending", 12),
    ]


def test_in_the_cheapest_region_where_none_is_named(cli: Cli) -> None:
    done = cli("quota", "--provider", "gcp", "--gpu", "H100", "--spot", *ASK, "--yes", "--json")
    assert done.status == 0, done.stderr
    told = json.loads(done.stdout)
    (asked,) = told["requests"]
    assert (asked["name"], asked["scope"]) == ("PREEMPTIBLE_NVIDIA_H100_GPUS", told["regions"][0]["region"])


def test_enough_is_enough(cli: Cli, bed: Bed) -> None:
    before = len(bed.asked)
    done = cli(*T4, "--request", "8", "--contact", "ann@example.com")
    assert done.status == 0, done.stderr
    assert "The limits on GPUs are 8 or higher already." in done.stdout
    assert not [line for line in bed.asked[before:] if line.startswith(("POST /v1", "PATCH"))]


def test_nobody_says_yes(cli: Cli, bed: Bed) -> None:
    before = len(bed.asked)
    done = cli(*T4, *ASK)
    assert done.status == 2
    assert "Ask that NVIDIA_T4_GPUS (us-central1) of cloudgpu-rehearsal be raised to 12?" in done.stderr
    assert f"cloudgpu {' '.join(T4)} --request 12 --contact ann@example.com --yes" in done.stderr
    assert not [line for line in bed.asked[before:] if line.startswith("POST /v1")]


def test_the_remedy_of_a_refused_launch_can_be_pasted(cli: Cli, bed: Bed) -> None:
    bed.configure({"quotas": {"NVIDIA_T4_GPUS": 0}})
    refused = cli("launch", "x", "--provider", "gcp", "--gpu", "T4", "--region", "us-central1", "--dry-run")
    assert refused.status == 3, refused.stderr
    (line,) = [line for line in refused.stderr.splitlines() if "cloudgpu quota" in line]
    words = line[line.index("cloudgpu quota") :].replace("YOU@EXAMPLE.COM", "ann@example.com").split()
    assert cli(*words[1:], "--yes").status == 0
    again = cli("launch", "x", "--provider", "gcp", "--gpu", "T4", "--region", "us-central1", "--dry-run")
    assert again.status == 0, again.stderr


def test_an_api_that_is_switched_off_says_how_to_switch_it_on(cli: Cli, bed: Bed) -> None:
    bed.configure({"projects": {PROJECT: {"cloudquotas_api": False}}})
    done = cli(*T4, *ASK, "--yes")
    assert done.status == 5, done.stderr
    assert "gcloud services enable cloudquotas.googleapis.com" in done.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["quota"], ["Which cloud?", "cloudgpu quota --provider gcp"]),
        (["quota", "--provider", "gcp", "--profile", "p"], ["--profile means nothing to gcp"]),
        (["quota", "--provider", "gpc"], ["Did you mean gcp?"]),
        ([*T4, "--request", "2"], [f"cloudgpu {' '.join(T4)} --request 2 --contact YOU@EXAMPLE.COM"]),
        ([*T4, "--request", "2", "--contact", "YOU@EXAMPLE.COM"], ["nobody's mail address"]),
        ([*T4, "--request", "2", "--contact", "ann"], ["'ann' is nobody's mail address"]),
        ([*T4, "--request", "0", "--contact", "ann@example.com"], ["--request"]),
        (["quota", "--provider", "gcp", "--region", "mars"], ["mars"]),
    ],
)
def test_wrong_input(cli: Cli, args: list[str], words: list[str]) -> None:
    done = cli(*args)
    assert done.status == 2, done.stderr
    assert done.stdout == ""
    assert not [word for word in words if word not in done.stderr], done.stderr
