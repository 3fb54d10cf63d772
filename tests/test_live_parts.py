"""The parts of the suite for a real account that can be looked at without any."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from cloudgpu.data import table
from tests.exchanges import Exchange
from tests.live.conftest import pytest_ignore_collect
from tests.live.customer import Customer, Done, environment
from tests.live.leaks import leaks
from tests.live.recorded import learned
from tests.live.road import Road
from tests.live.settings import Settings, UnsetError, worst_case
from tests.live.sweep import removal
from tests.scrubbing import NUMBER


def test_nobody_else_collects_it(request: pytest.FixtureRequest) -> None:
    assert pytest_ignore_collect(Path("test_account.py"), request.config) is True


@pytest.mark.parametrize("budget", ["none", "0", "-1", "NaN", "Infinity"])
def test_a_budget_is_an_amount(budget: str) -> None:
    with pytest.raises(UnsetError, match="no amount"):
        Settings.of({"GOOGLE_CLOUD_PROJECT": "p", "CLOUDGPU_LIVE_BUDGET_USD": budget}, datetime.now(timezone.utc))


def test_the_page_says_what_it_costs_at_most() -> None:
    page = (Path(__file__).parents[1] / "docs" / "live.md").read_text(encoding="utf-8")
    gpu = {row["region"]: row for row in table("gcp_gpu_attach_prices") if row["accelerator"] == "nvidia-tesla-t4"}
    machine = {row["region"]: row for row in table("gcp_machine_prices") if row["machine_type"] == "n1-standard-4"}
    hourly = {
        region: Decimal(row["usd_gpu_hour_spot"]) + Decimal(machine[region]["usd_hour_spot"])
        for region, row in gpu.items()
    }
    dearest, cheapest = max(hourly, key=lambda one: hourly[one]), min(hourly, key=lambda one: hourly[one])
    assert f"{hourly[dearest]:.2f} USD per hour in {dearest} ({hourly[cheapest]:.2f} in {cheapest}" in page
    assert f"That is {worst_case(hourly[dearest]):.2f} USD" in page


class Stuck(Customer):
    """Whatever it asks for is refused, and its disk is still there."""

    def run(self, *args: str, module: str = "cloudgpu", within: float = 180) -> Done:
        return Done(5, "")

    def sweep(self) -> object:
        return {"left": ["disk cloudgpu-c1 in z-a"], "others": 0}


def test_what_cannot_be_removed_is_told_with_the_commands_for_it(tmp_path: Path) -> None:
    given = {"GOOGLE_CLOUD_PROJECT": "p", "CLOUDGPU_LIVE_BUDGET_USD": "1"}
    settings = Settings.of(given, datetime.now(timezone.utc))
    road = Road(settings, Stuck(settings, tmp_path, "live-1"))
    road.clean_up()  # nothing was begun
    road.begun = True
    with pytest.raises(pytest.fail.Exception) as caught:
        road.clean_up()
    assert f"CLOUDGPU_HOME={tmp_path} cloudgpu destroy live-1 --yes" in str(caught.value)
    assert removal("disk cloudgpu-c1 in z-a", "p") in str(caught.value)


def test_nothing_leads_to_a_rehearsal_or_to_another_cloud(tmp_path: Path) -> None:
    given = {"CLOUDGPU_REHEARSAL": "1", "CLOUDGPU_GPU": "H100:8", "AWS_PROFILE": "work", "GOOGLE_CLOUD_PROJECT": "p"}
    found = environment(given, tmp_path)
    assert not {"CLOUDGPU_REHEARSAL", "CLOUDGPU_GPU", "AWS_PROFILE"} & set(found)
    assert (found["GOOGLE_CLOUD_PROJECT"], found["CLOUDGPU_HOME"]) == ("p", str(tmp_path))


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("instance cloudgpu-c1 in z-a", "gcloud compute instances delete cloudgpu-c1 --zone z-a --project p --quiet"),
        ("disk cloudgpu-c1 in z-a", "gcloud compute disks delete cloudgpu-c1 --zone z-a --project p --quiet"),
        ("address a in r", "gcloud compute addresses delete a --region r --project p --quiet"),
        ("address a in global", "gcloud compute addresses delete a --global --project p --quiet"),
        ("firewall rule f", "gcloud compute firewall-rules delete f --project p --quiet"),
        ("perhaps disk: no", "perhaps disk: no: look at https://console.cloud.google.com/compute/instances?project=p"),
    ],
)
def test_what_is_left_comes_with_a_command(line: str, command: str) -> None:
    assert removal(line, "p") == command


def test_what_is_learned_from_one_answer_is_hidden_in_all() -> None:
    answers = [
        {"id": "321545201676"},
        "Cloud Quotas API has not been used in project 98765432101 before",
        "cloudgpu-c0a1b2c3d4e-ssh of 321545201676 and 98765432101",
    ]
    exchanges = [Exchange("", "GET", "/p", {}, None, 200, answer) for answer in answers]
    assert [one.response for one in learned(exchanges)] == [
        {"id": NUMBER},
        f"Cloud Quotas API has not been used in project {NUMBER} before",
        f"cloudgpu-c0123456789-ssh of {NUMBER} and {NUMBER}",
    ]


@pytest.mark.parametrize(
    "response",
    [
        "ya29.a0Af",
        "Bearer x",
        "-----BEGIN PRIVATE " + "KEY-----",
        "projects/987654321098/x",
        {"id": "987654321098"},
        "a@firm.example",
        "203.0.113.7",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHost",
        "my-project",
    ],
)
def test_a_leak_is_seen(tmp_path: Path, response: object) -> None:
    kept = tmp_path / "01-x.json"
    kept.write_text(json.dumps({"exchanges": [{"response": response}]}))
    assert list(leaks(tmp_path, "my-project"))
    kept.write_text(json.dumps({"exchanges": [{"response": {"id": NUMBER, "natIP": "192.0.2.1"}}]}))
    assert list(leaks(tmp_path, "my-project")) == []
