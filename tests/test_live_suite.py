"""The suite for a real account, run against the embedded clouds as if they were one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudgpu.rehearsal import client
from tests.live.leaks import leaks
from tests.live_accounts import ACCOUNTS, Account


@pytest.fixture(scope="module", params=list(ACCOUNTS))
def account(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    clouds = tmp_path_factory.mktemp("clouds")
    try:
        yield ACCOUNTS[request.param](clouds, client.start(clouds))
    finally:
        client.stop(clouds)


def test_it_runs_green_and_leaves_recorded_exchanges_and_nothing_else(account: Account, tmp_path: Path) -> None:
    before = account.billed()
    done = account.run(CLOUDGPU_LIVE_EXCHANGES=str(tmp_path), CLOUDGPU_LIVE_STOP="1", CLOUDGPU_REHEARSAL="1")
    assert done.returncode == 0, done.stdout
    assert account.verdict in done.stdout
    assert "1 machine(s) of other launches" in done.stdout
    assert (account.billed(), account.instances(billed=True)) == (before, ["others"])
    assert len(set(account.instances(billed=False))) == 1
    (folder,) = tmp_path.iterdir()
    assert str(folder) in done.stdout
    assert list(leaks(folder, *account.hidden, "live-")) == []
    methods = {one["method"] for path in folder.glob("*.json") for one in json.loads(path.read_text())["exchanges"]}
    assert account.asked <= methods


def test_a_step_that_fails_is_cleaned_up_after(account: Account, tmp_path: Path) -> None:
    before = account.billed()
    account.fault(account.undeletable)
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
