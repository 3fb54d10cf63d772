"""One embedded cloud and one account for all tests here, tidied after each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloudgpu.model import Gpu, GpuRequest, InstanceSpec, Origin
from cloudgpu.providers.gcp.provider import Gcp
from cloudgpu.rehearsal.gce.settings import DEFAULTS
from cloudgpu.testing import samples
from tests.providers_gcp.bed import PROJECT, Bed, ref_of, sign_in, standing
from tests.providers_gcp.offering import OpenAccount

MakeSpec = Callable[..., InstanceSpec]


@pytest.fixture(scope="package")
def standing_bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with standing(tmp_path_factory.mktemp("gce")) as bed:
        yield bed


@pytest.fixture(scope="package")
def shared(standing_bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gcp]:
    with pytest.MonkeyPatch.context() as patch:
        sign_in(patch, standing_bed.url, tmp_path_factory.mktemp("key"))
        gcp = Gcp(Origin("gcp"))
        gcp.verify()
        yield gcp


@pytest.fixture
def bed(standing_bed: Bed) -> Iterator[Bed]:
    yield standing_bed
    standing_bed.world.faults.clear()
    standing_bed.configure({"projects": {PROJECT: {}}, "capacity": None})


@pytest.fixture
def gcp(bed: Bed, shared: Gcp) -> Gcp:
    return shared


@pytest.fixture
def account(bed: Bed, gcp: Gcp) -> Iterator[OpenAccount]:
    """Opens accounts that remember nothing; afterwards the limits are as they were."""
    yield lambda: Gcp(Origin("gcp"))
    bed.configure({"quotas": DEFAULTS, "quota_requests": "grant"})


@pytest.fixture
def signed_in(bed: Bed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """For tests that open an account of their own."""
    sign_in(monkeypatch, bed.url, tmp_path)
    return monkeypatch


@pytest.fixture
def make_spec(gcp: Gcp, bed: Bed) -> Iterator[MakeSpec]:
    """A T4 in the zone; destroyed after the test."""
    made: list[InstanceSpec] = []

    def make(zone: str = "us-central1-a", *, spot: bool = False, launch_id: str | None = None) -> InstanceSpec:
        offer = gcp.offers(GpuRequest(gpu=Gpu("T4"), zones=(zone,), spot=spot))[0]
        made.append(samples.spec(offer, launch_id=launch_id))
        return made[-1]

    yield make
    bed.world.faults.clear()
    for spec in made:
        gcp.destroy(ref_of(spec))
    assert bed.billed() == []
