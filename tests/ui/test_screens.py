"""What people and programs read, whole, against golden files."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from cloudgpu.model import Container, GpuRequest, Limits, Origin, Plan, Quota, Receipt, Removed
from cloudgpu.testing.samples import OFFERS
from cloudgpu.ui import documents, receipt, summary, tables
from tests.ui.conftest import Golden
from tests.ui.samples import NOON, READY, RECEIPT, SPOT, UNFINISHED

LATER = NOON + timedelta(hours=1, minutes=30)
ALL = [READY, SPOT, UNFINISHED]
CONTRACT = (
    "name launch_id provider rehearsal id region zone instance_type gpu spot state host ssh_port user "
    "price_per_hour created_at expires_at container jupyter attempts steps startup"
)
PLAN = Plan(
    "quiet-otter",
    "c0ffee12345",
    Origin("gcp", project="p"),
    "project p",
    GpuRequest(),
    Container("quay.io/jupyter/pytorch-notebook:cuda12-latest"),
    OFFERS[:2],
    (Quota("GPUS_ALL_REGIONS", "global", 1, 0, 1), Quota("NVIDIA_T4_GPUS", "mars-1", None, None, 1)),
    Limits(timedelta(hours=8)),
)
LEDGER = {
    "running": True,
    "gce_endpoint": "http://127.0.0.1:4001",
    "aws_endpoint": "http://127.0.0.1:4002",
    "guests": "process",
    "billable": 1,
    "ledger": [
        {
            "cloud": "gcp",
            "kind": "instance",
            "id": "4711",
            "name": "cloudgpu-c0ffee12345",
            "started_at": "2026-03-01T12:00:00.250Z",
            "ended_at": None,
            "usd": "0.000123",
        }
    ],
}


def test_ps(golden: Golden) -> None:
    golden("ps", tables.ps(ALL, now=LATER, tunnels={"quiet-otter": 8889}, width=200))


def test_ps_in_a_narrow_terminal_cuts_nothing(golden: Golden) -> None:
    screen = tables.ps(ALL, now=LATER, tunnels={}, width=40)
    golden("ps-narrow", screen)
    assert max(len(line) for line in screen.splitlines()) <= 40


def test_ps_without_instances() -> None:
    assert tables.ps([], now=NOON, tunnels={}) == "No instances."


def test_ps_after_the_expiry() -> None:
    assert "now" in tables.ps([READY], now=NOON + timedelta(hours=9), tunnels={}, width=200)


def test_a_pipe_has_no_width() -> None:
    assert len(tables.ps(ALL, now=LATER, tunnels={}).splitlines()) == 1 + len(ALL)


def test_rehearsal_status(golden: Golden) -> None:
    golden("rehearsal", tables.rehearsal(LEDGER, width=200))


def test_rehearsal_status_while_they_do_not_run() -> None:
    screen = tables.rehearsal({"running": False, "billable": 0, "ledger": []})
    assert "cloudgpu rehearsal start" in screen
    assert "The ledger is empty." in screen


def test_receipt(golden: Golden) -> None:
    golden("receipt", receipt.render(RECEIPT))


def test_receipt_with_something_left(golden: Golden) -> None:
    golden("receipt-left", receipt.render(replace(RECEIPT, left=("disk cloudgpu-c0ffee12345 in us-central1-a",))))


def test_receipt_of_what_was_gone() -> None:
    assert "gone already" in receipt.render(Receipt("quiet-otter", ()))


def test_an_unknown_price_makes_the_sum_unknown() -> None:
    unknown = replace(RECEIPT, removed=(*RECEIPT.removed, Removed("address", "a1", 0.1, None)))
    assert receipt.total(unknown) is None
    assert receipt.total(RECEIPT) == Decimal("0.83")
    assert receipt.render(unknown).splitlines()[-1].split() == ["in", "all", "unknown"]
    assert documents.receipt(unknown)["usd"] is None


@pytest.mark.parametrize("record", ALL)
def test_the_document_has_every_field_of_the_contract_in_order(record: object) -> None:
    assert " ".join(documents.document(record)) == CONTRACT  # type: ignore[arg-type]  # parametrize knows no types


def test_documents(golden: Golden) -> None:
    golden("document", json.dumps(documents.document(READY), indent=2))
    golden("document-unfinished", json.dumps(documents.document(UNFINISHED), indent=2))
    golden("document-receipt", json.dumps(documents.receipt(RECEIPT), indent=2))
    golden("document-plan", json.dumps(documents.plan(PLAN, {"gpu": "flag"}), indent=2))


def test_a_document_says_what_was_found_just_now() -> None:
    assert documents.document(READY, jupyter_ready=False)["jupyter"] == {"port": 8888, "ready": False}
    gone = documents.document(READY, gone=True)
    assert (gone["state"], gone["jupyter"]) == ("terminated", {"port": 8888, "ready": False})


def test_small_prices_are_written_out() -> None:
    assert READY.instance
    cheap = replace(READY, instance=replace(READY.instance, hourly=Decimal("1E-7")))
    assert documents.document(cheap)["price_per_hour"] == "0.0000001"


def test_summaries(golden: Golden) -> None:
    golden("launched", summary.launched(READY, there=False))
    golden("planned", summary.planned(PLAN, {"gpu": "flag", "disk-size": "file"}))
    golden("status", summary.status(READY, now=LATER, gone=False, trouble=""))
