"""Which zones have what now: asked of the embedded cloud through the real client, and kept for a while."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from cloudgpu import cache
from cloudgpu.errors import AuthError, PermissionError_, UnsupportedError
from cloudgpu.model import Gpu, GpuRequest, Origin
from cloudgpu.providers.gcp.catalogue import FRESH, Catalogue
from cloudgpu.providers.gcp.provider import Gcp
from cloudgpu.providers.gcp.session import Session
from cloudgpu.providers.gcp.stock import from_tables, packed, unpacked
from cloudgpu.testing import samples
from tests.providers_gcp.bed import PROJECT, Bed

NOON = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)
FILE = f"gcp-{PROJECT}"


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Make = Callable[[], Catalogue]


@pytest.fixture
def make(bed: Bed, signed_in: pytest.MonkeyPatch, clock: Clock) -> Make:
    """The catalogue as a process of its own would open it."""
    return lambda: Catalogue(Session(Origin("gcp")), clock)


def questions(bed: Bed) -> list[str]:
    """The lists that were asked for, first pages only."""
    return [line for line in bed.asked if "aggregated/" in line and "Types" in line and "pageToken" not in line]


def test_what_the_cloud_says_is_what_its_tables_say(bed: Bed, make: Make, clock: Clock) -> None:
    stock = make().stock()
    table = from_tables()
    assert stock.seen_at == NOON
    assert dict(stock.accelerators) == {name: tuple(sorted(zones)) for name, zones in table.accelerators.items()}
    for name, one in stock.machines.items():
        known = table.machines[name]
        assert (one.vcpus, one.memory_gb, one.accelerator, one.count) == (
            known.vcpus,
            known.memory_gb,
            known.accelerator,
            known.count,
        )
        assert set(one.zones) == set(known.zones)
    assert stock.machines["a2-ultragpu-2g"].local_ssds == 2
    assert not any(name.startswith("n1-") for name in stock.machines)
    assert stock.zones >= {"us-central1-a", "europe-west4-b"}


def test_only_families_with_gpus_are_asked_for(bed: Bed, make: Make) -> None:
    before = len(questions(bed))
    make().stock()
    asked = questions(bed)[before:]
    assert len(asked) == 2
    (types,) = (line for line in asked if "machineTypes" in line)
    assert "filter=name+eq+" in types and "maxResults=500" in types


def test_it_is_asked_once_in_six_hours_on_this_computer(bed: Bed, make: Make, clock: Clock) -> None:
    first = make()
    said, before = first.stock(), len(questions(bed))
    clock.now += FRESH - timedelta(seconds=1)
    again = make().stock()
    assert (again, again.seen_at) == (said, NOON)
    assert first.stock() == said
    assert len(questions(bed)) == before
    clock.now += timedelta(seconds=1)
    assert first.stock().seen_at == clock.now
    assert len(questions(bed)) == before + 2


def test_what_was_written_in_the_future_is_not_believed(bed: Bed, make: Make, clock: Clock) -> None:
    make().stock()
    clock.now -= timedelta(days=1)
    assert make().stock().seen_at == clock.now


def test_the_file_is_this_users_alone_and_whole(bed: Bed, make: Make, tmp_path: Path) -> None:
    make().stock()
    (file,) = cache.folder().iterdir()
    assert file.name == f"{FILE}.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"version": 1}', "null", "[" * 100_000, '{"version": 0, "whose": 1}']
)
def test_a_damaged_file_is_written_anew(bed: Bed, make: Make, damage: str) -> None:
    said = make().stock()
    file = cache.folder() / f"{FILE}.json"
    file.write_text(damage)
    assert make().stock() == said
    assert file.read_text().startswith('{"version": 1')


def test_another_clouds_answer_is_not_ours(bed: Bed, make: Make, clock: Clock) -> None:
    document = packed(from_tables(), ("https://elsewhere.example", PROJECT))
    document["seen_at"] = NOON.isoformat()
    cache.save(FILE, document)
    assert make().stock().accelerators.keys() == from_tables().accelerators.keys()
    assert unpacked(cache.load(FILE), (bed.url, PROJECT)) is not None


def test_forgotten_it_is_asked_again(bed: Bed, make: Make) -> None:
    catalogue = make()
    catalogue.stock()
    before = len(questions(bed))
    catalogue.forget()
    assert not (cache.folder() / f"{FILE}.json").exists()
    catalogue.stock()
    assert len(questions(bed)) == before + 2


@pytest.mark.parametrize("kind", ["acceleratorTypes", "machineTypes"])
def test_without_the_right_to_read_the_lists_the_tables_do(bed: Bed, make: Make, kind: str) -> None:
    message = f"Required 'compute.{kind}.list' permission for 'projects/{PROJECT}'"
    bed.fault(
        f"compute.{kind}.aggregatedList", "error", code="forbidden", message=message, http_status=403, surface="http"
    )
    assert make().stock() == from_tables()
    assert cache.load(FILE) is None
    assert make().stock().seen_at == NOON


@pytest.mark.parametrize("setting", [{"compute_api": False}, {"billing": False}])
def test_an_account_that_can_do_nothing_says_so(bed: Bed, make: Make, setting: dict[str, bool]) -> None:
    bed.configure({"projects": {PROJECT: setting}})
    with pytest.raises(PermissionError_):
        make().stock()
    bed.configure({"projects": {PROJECT: {"compute_api": True, "billing": True}}})


def test_without_credentials_there_are_no_offers(signed_in: pytest.MonkeyPatch) -> None:
    signed_in.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    with pytest.raises(AuthError):
        Gcp(Origin("gcp", project="p")).offers(GpuRequest(gpu=Gpu("T4")))


def test_a_zone_that_never_had_it_makes_us_ask_again(bed: Bed, signed_in: pytest.MonkeyPatch) -> None:
    gcp = Gcp(Origin("gcp"))
    offer = gcp.offers(GpuRequest(gpu=Gpu("T4"), zones=("us-central1-a",)))[0]
    message = f"The resource 'projects/{PROJECT}/zones/us-central1-a/acceleratorTypes/nvidia-tesla-t4' was not found"
    bed.fault("compute.instances.insert", "error", code="notFound", message=message, http_status=404, surface="http")
    before = len(questions(bed))
    spec = samples.spec(offer)
    with pytest.raises(UnsupportedError):
        gcp.create(spec)
    gcp.offers(GpuRequest(gpu=Gpu("T4")))
    assert len(questions(bed)) == before + 2
