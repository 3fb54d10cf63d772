"""A real account, step by step. Each needs the ones above; the first that fails ends the run, and all is removed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cloudgpu.remote.kernel import run_cell
from tests.live.leaks import leaks
from tests.live.road import Road
from tests.live.settings import LIFETIME, Settings

CELL = "import subprocess; print(subprocess.run(['nvidia-smi'], capture_output=True, text=True).stdout)"


def test_offers(road: Road) -> None:
    offers = road.customer.json("offers", *road.settings.cloud.as_spot)
    assert offers
    assert {offer["gpu"]["type"] for offer in offers} == {"T4"}
    assert all(offer["spot"] and offer["zones"] for offer in offers)


def test_quota(road: Road) -> None:
    quota = road.customer.json("quota", *road.settings.cloud.as_spot)
    assert any(region["fits"] for region in quota["regions"]), "No region's quota has room for a T4 as spot."


def test_a_plan_that_the_budget_pays_for(road: Road) -> None:
    assert road.plan["max_lifetime"] == LIFETIME.total_seconds()
    assert road.plan["rehearsal"] is False


def test_launch(road: Road) -> None:
    made = road.launched
    assert (made["state"], made["spot"], made["rehearsal"]) == ("running", True, False)
    assert made["gpu"] == {"type": "T4", "count": 1}
    assert made["container"]["gpu_ok"] is True
    lifetime = datetime.fromisoformat(made["expires_at"].replace("Z", "+00:00")) - datetime.fromisoformat(
        made["created_at"].replace("Z", "+00:00")
    )
    assert lifetime < LIFETIME + timedelta(minutes=2)


def test_status(road: Road) -> None:
    assert road.launched
    assert road.customer.json("status", road.customer.name)["jupyter"]["ready"] is True


def test_the_gpu_in_a_cell_of_the_notebook(road: Road) -> None:
    token = road.tunnel["url"].partition("token=")[2]
    assert "T4" in run_cell(road.tunnel["local_port"], token, CELL, timeout=120)


def test_the_cloud_lists_it(road: Road) -> None:
    assert road.launched
    listed = {row["name"]: row["id"] for row in road.customer.json("ps", "--refresh")}
    assert listed[road.customer.name] == road.launched["id"]


def test_off_and_on_again(road: Road) -> None:
    if not road.settings.cloud.stops:
        pytest.skip("a spot machine of this cloud cannot be switched off")
    if not road.settings.power:
        pytest.skip("set CLOUDGPU_LIVE_STOP=1 to have it switched off and on; its zone may have no room for it then")
    assert road.tunnel
    road.customer.ok("tunnel", "--stop")
    assert road.customer.json("stop", road.customer.name, within=600)["state"] == "stopped"
    assert road.customer.json("start", road.customer.name, *road.door, within=900)["jupyter"]["ready"] is True


def test_destroy(road: Road) -> None:
    assert road.launched
    (receipt,) = road.customer.json("destroy", road.customer.name, "--yes", within=600)
    assert (receipt["left"], len(receipt["removed"])) == ([], 1)


def test_nothing_is_left(road: Road) -> None:
    assert road.launched
    assert road.nothing_left()


def test_what_was_recorded_tells_nothing_of_whose_it_was(road: Road, settings: Settings) -> None:
    assert road.customer.name
    assert list(settings.exchanges.glob("*.json"))
    assert list(leaks(settings.exchanges, settings.account, road.customer.name)) == []
