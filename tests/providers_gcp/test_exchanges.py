"""What the adapter says to Google, request by request, held against recorded exchanges in `exchanges/`.

`CLOUDGPU_GOLDEN=write pytest tests/providers_gcp/test_exchanges.py` records them anew; read the difference before you
commit. What somebody recorded with a real project is put into `exchanges/real`, and has to fit the discovery document
as well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from cloudgpu.errors import CapacityError
from cloudgpu.model import Gpu, InstanceSpec, Offer, Origin
from cloudgpu.providers.gcp.provider import Gcp
from cloudgpu.rehearsal.gce.settings import project_number
from cloudgpu.testing import samples
from tests.exchanges import questions, read, recording, violations, write
from tests.providers_gcp.bed import PROJECT, Bed, ref_of
from tests.scrubbing import NUMBER
from tests.scrubbing import PROJECT as SOME_PROJECT

FOLDER = Path(__file__).parent / "exchanges"
KNOWN = {PROJECT: SOME_PROJECT, project_number(PROJECT): NUMBER}
ZONE = "us-central1-a"
Deed = Callable[[Gcp, Bed, InstanceSpec], object]


def spec(kind: str, gpu: str, *, spot: bool = False) -> InstanceSpec:
    """Of a fixed offer: what is cheapest today is no matter here. Of a launch of its own, as a cloud gives the same
    answer to the same launch."""
    offer = Offer(
        provider="gcp",
        region=ZONE.rpartition("-")[0],
        zone=ZONE,
        instance_type=kind,
        gpu=Gpu(gpu),
        vcpus=4,
        memory_gb=16,
        hourly=Decimal("0.50"),
        spot=spot,
    )
    return samples.spec(offer, expires_at=datetime(2099, 1, 1, tzinfo=timezone.utc))


def bought(gcp: Gcp, _: Bed, one: InstanceSpec) -> None:
    gcp.create(one)


def refused(gcp: Gcp, _: Bed, one: InstanceSpec) -> None:
    with pytest.raises(CapacityError):
        gcp.create(one)


def looked_for(gcp: Gcp, _: Bed, one: InstanceSpec) -> None:
    assert gcp.find(ref_of(one)) is not None
    assert len(gcp.instances()) == 1


@dataclass(frozen=True)
class Scenario:
    """`before` and after it nothing is recorded."""

    name: str
    recorded: Deed
    before: Deed = lambda _gcp, _bed, _one: None
    spot: bool = False


SCENARIOS = (
    Scenario("launch_t4", bought),
    Scenario("launch_spot_l4", bought, spot=True),
    Scenario("refused_by_a_dry_zone", refused, before=lambda _gcp, bed, _one: bed.dry(ZONE)),
    Scenario("find_and_list", looked_for, before=bought),
    Scenario("host_keys", lambda gcp, _, one: gcp.host_keys(ref_of(one)), before=bought),
    Scenario("console", lambda gcp, _, one: gcp.console(ref_of(one)), before=bought),
    Scenario("destroy", lambda gcp, _, one: gcp.destroy(ref_of(one)), before=bought),
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[one.name for one in SCENARIOS])
def test_what_is_said_is_what_was_recorded(scenario: Scenario, bed: Bed, signed_in: pytest.MonkeyPatch) -> None:
    one = spec("g2-standard-4", "L4", spot=True) if scenario.spot else spec("n1-standard-4", "T4")
    gcp, file = Gcp(Origin("gcp")), FOLDER / f"{scenario.name}.json"
    scenario.before(gcp, bed, one)
    try:
        with recording({**KNOWN, one.launch_id: "0123456789ab"}) as recorder:
            scenario.recorded(gcp, bed, one)
    finally:
        bed.plenty()
        gcp.destroy(ref_of(one))
    assert [wrong for exchange in recorder.exchanges for wrong in violations(exchange)] == []
    if os.environ.get("CLOUDGPU_GOLDEN") == "write":
        write(file, recorder.exchanges, source="emulator")
    assert questions(recorder.exchanges) == questions(read(file))


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.json")), ids=lambda file: file.stem)
def test_what_was_recorded_fits_the_whole_discovery_document(file: Path) -> None:
    source = json.loads(file.read_text(encoding="utf-8"))["source"]
    assert source == ("real" if file.parent.name == "real" else "emulator")
    assert [wrong for one in read(file) for wrong in violations(one)] == []


def test_a_request_that_google_would_not_understand_is_found() -> None:
    """What validates recorded exchanges has teeth."""
    insert = next(one for one in read(FOLDER / "launch_t4.json") if one.method == "compute.instances.insert")
    assert violations(insert) == []
    for wrong in (
        {"path": insert.path.replace("instances", "instance")},
        {"path": insert.path.replace("us-central1-a", "US")},
        {"query": {"requestID": "x"}},
        {"request": {**insert.request, "machinetype": "x"}},
        {"request": {**insert.request, "scheduling": {"provisioningModel": "SPOTTY"}}},
        {"response": {**insert.response, "state": "DONE"}},
        {"status": 503, "response": {"error": {"code": 500, "message": "x"}}},
    ):
        assert len(violations(replace(insert, **wrong))) == 1
    assert violations(replace(insert, path="/v1/projects/a-project/locations/global/quotaPreferences")) == []
    assert violations(replace(insert, status=0, response=None)) == []
