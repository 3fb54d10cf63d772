"""`cloudgpu offers`, against clouds in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from cloudgpu.errors import AuthError
from cloudgpu.model import Origin
from cloudgpu.protocols import Provider
from cloudgpu.providers import registry
from cloudgpu.testing.memory import MemoryCloud
from cloudgpu.testing.samples import OFFERS
from tests.cli.conftest import Cli

Clouds = Mapping[str, MemoryCloud]


@pytest.fixture
def clouds(monkeypatch: pytest.MonkeyPatch) -> dict[str, MemoryCloud]:
    """Both providers, in memory; Amazon's stand-in is a dollar dearer."""
    dearer = [replace(offer, hourly=offer.hourly and offer.hourly + 1) for offer in OFFERS]
    shop = {"aws": MemoryCloud(dearer, name="aws"), "gcp": MemoryCloud(name="gcp")}

    def open_provider(origin: Origin) -> Provider:
        return shop[origin.provider]

    monkeypatch.setattr(registry, "open_provider", open_provider)
    return shop


def names(text: str) -> list[tuple[str, str]]:
    return [(row["provider"], row["price_per_hour"]) for row in json.loads(text)]


def test_all_clouds_cheapest_first(cli: Cli, clouds: Clouds) -> None:
    done = cli("offers", "--gpu", "T4", "--json")
    assert done.status == 0, done.stderr
    assert names(done.stdout) == [
        ("gcp", "0.50"), ("gcp", "0.55"), ("gcp", "0.60"), ("aws", "1.50"), ("aws", "1.55"), ("aws", "1.60"),
    ]  # fmt: skip
    first = json.loads(done.stdout)[0]
    assert first == {
        "provider": "gcp",
        "region": "mars-1",
        "zones": ["mars-1-a", "mars-1-b"],
        "instance_type": "rover-4",
        "gpu": {"type": "T4", "count": 1, "memory_gb": 16},
        "vcpus": 4,
        "memory_gb": 15,
        "spot": False,
        "flex_start": False,
        "price_per_hour": "0.50",
        "quota_left": 8,
        "quota": "GPUS_ALL_REGIONS",
        "seen_at": None,
    }


def test_one_cloud_one_region_as_spot(cli: Cli, clouds: Clouds) -> None:
    done = cli("offers", "--provider", "gcp", "--region", "moon-1", "--spot", "--json")
    assert names(done.stdout) == [("gcp", "0.25")]
    assert clouds["aws"].calls == []


def test_a_price_limit(cli: Cli, clouds: Clouds) -> None:
    assert names(cli("offers", "--max-price", "0.56", "--json").stdout) == [("gcp", "0.50"), ("gcp", "0.55")]


def test_a_table_with_everything(cli: Cli, clouds: Clouds) -> None:
    done = cli("offers")
    assert done.status == 0
    assert "2 x T4" in done.stdout and "1 x L4" in done.stdout
    assert "K80 is retired: use T4." in done.stdout
    assert "K80" not in cli("offers", "--gpu", "T4").stdout


def test_a_cloud_that_cannot_be_asked_is_a_note(cli: Cli, clouds: Clouds) -> None:
    clouds["aws"].fail("verify", AuthError("There are no credentials for AWS.", remedy="aws configure"))
    done = cli("offers", "--gpu", "T4", "--json")
    assert done.status == 0
    assert {cloud for cloud, _ in names(done.stdout)} == {"gcp"}
    assert "aws was left out: There are no credentials for AWS." in done.stderr


def test_the_only_cloud_that_was_asked_for_says_why_not(cli: Cli, clouds: Clouds) -> None:
    clouds["aws"].fail("verify", AuthError("There are no credentials for AWS.", remedy="aws configure"))
    done = cli("offers", "--provider", "aws")
    assert (done.status, done.stdout) == (5, "")
    assert "aws configure" in done.stderr


def test_where_no_cloud_can_be_asked(cli: Cli) -> None:
    done = cli("offers")
    assert (done.status, done.stdout) == (5, "")
    assert "aws was left out" in done.stderr and "gcp was left out" in done.stderr


def test_nothing_of_that_kind(cli: Cli, clouds: Clouds) -> None:
    assert cli("offers", "--gpu", "B300").stdout == "No offers.\n"
    assert json.loads(cli("offers", "--gpu", "B300", "--json").stdout) == []


def test_a_price_that_nobody_knows(cli: Cli, clouds: dict[str, MemoryCloud]) -> None:
    clouds["gcp"] = MemoryCloud([replace(OFFERS[0], hourly=None)], name="gcp")
    assert json.loads(cli("offers", "--provider", "gcp", "--json").stdout)[0]["price_per_hour"] is None
    assert "unknown" in cli("offers", "--provider", "gcp").stdout
