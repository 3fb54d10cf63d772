"""The suite for a real account, run against the embedded Compute Engine as if that were one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cloudgpu.rehearsal import client
from cloudgpu.rehearsal.credentials import PROJECT, SERVICE_ACCOUNT
from tests.live.leaks import leaks
from tests.rehearsal_gce.asking import Api, instance

ROOT = Path(__file__).resolve().parents[1]
OURS = ("GOOGLE_", "GCLOUD_", "CLOUDSDK_", "CLOUDGPU_LIVE", "CLOUDGPU_HOME", "CLOUDGPU_REHEARSAL", "MAKE")


@dataclass(frozen=True)
class Account:
    """An account with a machine of somebody else in it, which bears our labels, too."""

    clouds: Path
    environ: dict[str, str]

    def run(self, *args: str, budget: str = "1", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.live", *args],
            cwd=ROOT, env=self.environ | {"CLOUDGPU_LIVE_BUDGET_USD": budget} | environ,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=200, check=False,
        )  # fmt: skip

    def instances(self, *, billed: bool) -> list[str]:
        """Names of the instances on the ledger."""
        rows = client.status(self.clouds)["ledger"]
        return [row["name"] for row in rows if row["kind"] == "instance" and (row["ended_at"] is None) is billed]

    def billed(self) -> int:
        return int(client.status(self.clouds)["billable"])


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    clouds = tmp_path_factory.mktemp("clouds")
    running = client.start(clouds)
    labels = {"cloudgpu-name": "others", "cloudgpu-launch-id": "c00000000ff", "cloudgpu-expires": "never"}
    api = Api(running.gce_endpoint, PROJECT)
    done = api.insert(instance("others", labels=labels))
    assert "error" not in done
    found = {name: value for name, value in client.environment(running, clouds).items() if "AWS" not in name and value}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    yield Account(clouds, inherited | found | {"CLOUDGPU_LIVE_SSH_CIDR": "127.0.0.1/32"})
    client.stop(clouds)


def test_it_runs_green_and_leaves_recorded_exchanges_and_nothing_else(account: Account, tmp_path: Path) -> None:
    before = account.billed()
    done = account.run(CLOUDGPU_LIVE_EXCHANGES=str(tmp_path), CLOUDGPU_LIVE_STOP="1", CLOUDGPU_REHEARSAL="1")
    assert done.returncode == 0, done.stdout
    assert "11 passed" in done.stdout
    assert "1 machine(s) of other launches" in done.stdout
    assert (account.billed(), account.instances(billed=True)) == (before, ["others"])
    assert len(set(account.instances(billed=False))) == 1
    (folder,) = tmp_path.iterdir()
    assert str(folder) in done.stdout
    assert list(leaks(folder, PROJECT, SERVICE_ACCOUNT, "live-")) == []
    methods = {one["method"] for path in folder.glob("*.json") for one in json.loads(path.read_text())["exchanges"]}
    assert {"compute.instances.insert", "compute.instances.delete", "compute.firewalls.insert"} <= methods


def test_a_step_that_fails_is_cleaned_up_after(account: Account, tmp_path: Path) -> None:
    before = account.billed()
    fault = {"cloud": "gcp", "operation": "compute.instances.delete", "effect": "error", "code": "forbidden",
             "http_status": 403, "message": "Required 'compute.instances.delete' permission"}  # fmt: skip
    client.call(_running(account), "POST", "/_rehearsal/faults", fault)
    done = account.run("-k", "destroy or left", CLOUDGPU_LIVE_EXCHANGES=str(tmp_path))
    assert done.returncode == 1, done.stdout
    assert "1 failed" in done.stdout and "exit 5" in done.stdout
    assert (account.billed(), account.instances(billed=True)) == (before, ["others"])


def test_a_budget_that_is_too_small_buys_nothing(account: Account, tmp_path: Path) -> None:
    before = client.status(account.clouds)["ledger"]
    done = account.run("-k", "launch", budget="0.10", CLOUDGPU_LIVE_EXCHANGES=str(tmp_path))
    assert done.returncode == 1, done.stdout
    assert "nothing is bought" in done.stdout
    assert [row["id"] for row in client.status(account.clouds)["ledger"]] == [row["id"] for row in before]


def test_it_says_what_has_to_be_set(account: Account) -> None:
    done = account.run(budget="")
    assert (done.returncode, "set CLOUDGPU_LIVE_BUDGET_USD" in done.stdout) == (2, True)


def _running(account: Account) -> Any:
    found = client.running(account.clouds)
    assert found is not None
    return found
