"""The recorder of exchanges: what it takes, and what it leaves alone."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import google.auth
import pytest
import requests
from google.auth.transport.requests import AuthorizedSession
from requests.adapters import HTTPAdapter

from tests.exchanges import Exchange, condensed, questions, read, recording, write
from tests.providers_gcp.bed import PROJECT, Bed

AGAIN = Exchange("m", "GET", "/p", {}, None, 200, 1)


def test_an_authorized_session_is_recorded_without_its_token(bed: Bed, signed_in: pytest.MonkeyPatch) -> None:
    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    url = f"{bed.url}/compute/v1/projects/{PROJECT}/aggregated/machineTypes"
    with recording({PROJECT: "a-project"}) as recorder, AuthorizedSession(credentials) as session:
        answer = session.get(url, params={"filter": "name=n1-*", "maxResults": "3", "alt": "json"})
    assert len(answer.json()["items"]) > 50
    (one,) = recorder.exchanges
    assert (one.method, one.verb, one.status) == ("compute.machineTypes.aggregatedList", "GET", 200)
    assert one.path == "/compute/v1/projects/a-project/aggregated/machineTypes"
    assert one.query == {"filter": "name=n1-*", "maxResults": "3"}
    token = answer.request.headers["Authorization"].removeprefix("Bearer ")
    assert token == credentials.token
    assert token not in json.dumps(asdict(one))
    assert any(asked.path == "/token" for asked in bed.seen)


def test_of_long_lists_the_beginning_is_kept(bed: Bed) -> None:
    with recording({}) as recorder:
        bed.raw("aggregated/acceleratorTypes")
        bed.raw("zones")
    scopes, zones = (one.response["items"] for one in recorder.exchanges)
    assert sum("acceleratorTypes" in part for part in scopes.values()) == 2
    assert len(zones) == 2


def test_an_answer_that_never_came(bed: Bed) -> None:
    bed.fault("compute.zones.list", "reset")
    with recording({}) as recorder, pytest.raises(requests.ConnectionError):
        bed.raw("zones")
    (one,) = recorder.exchanges
    assert (one.method, one.status, one.response) == ("compute.zones.list", 0, None)


def test_afterwards_nothing_is_recorded_any_more(bed: Bed) -> None:
    before = HTTPAdapter.send
    with recording({}) as recorder, pytest.raises(ZeroDivisionError):
        assert HTTPAdapter.send is not before
        raise ZeroDivisionError
    assert HTTPAdapter.send is before
    bed.raw("zones")
    assert recorder.exchanges == []


def test_what_is_asked_again_and_again_is_kept_once_with_the_latest_answer(tmp_path: Path) -> None:
    other = Exchange("m", "GET", "/p", {}, None, 404, {})
    latest = Exchange("m", "GET", "/p", {}, None, 200, 2)
    assert condensed([AGAIN, other, latest]) == [latest, other]
    write(tmp_path / "new" / "file.json", [AGAIN, other, latest], source="emulator")
    assert read(tmp_path / "new" / "file.json") == [latest, other]
    assert questions([AGAIN, other, latest]) == [["GET", "/p", {}, None]]
