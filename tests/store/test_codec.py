"""A record survives the way through JSON whole, and nothing else passes for one."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudgpu.model import Instance, Origin, Record
from cloudgpu.store.codec import NewerError, UnreadableError, decode, encode

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False))
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(timezone.utc)))


@settings(max_examples=60, deadline=None)
@given(record=st.from_type(Record))
def test_there_and_back(record: Record) -> None:
    assert decode(encode(record), Record) == record


@settings(max_examples=60, deadline=None)
@given(instance=st.from_type(Instance))
def test_what_was_a_tuple_or_a_decimal_is_one_again(instance: Instance) -> None:
    record = Record("a", "l", Origin("gcp"), instance.created_at, tried=(instance.ref,), instance=instance)
    again = decode(encode(record), Record).instance
    assert again is not None
    assert (type(again.hourly), type(again.state)) == (type(instance.hourly), type(instance.state))


def document(**changes: object) -> str:
    plain: dict[str, Any] = {
        "name": "quiet-otter",
        "launch_id": "c1",
        "origin": {"provider": "gcp"},
        "created_at": "2026-03-01T10:00:00Z",
    }
    return json.dumps({key: value for key, value in (plain | changes).items() if value is not ...})


def test_fields_with_a_default_may_be_missing() -> None:
    record = decode(document(), Record)
    assert record == Record("quiet-otter", "c1", Origin("gcp"), datetime(2026, 3, 1, 10, tzinfo=timezone.utc))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        document(name=...),
        document(name=1),
        document(created_at="yesterday"),
        document(created_at="2026-03-01T10:00:00"),
        document(created_at=5),
        document(origin="gcp"),
        document(origin={"provider": "gcp", "rehearsal": 1}),
        document(tried={}),
        document(tried=["x"]),
        document(ready="yes"),
        document(steps=[{"name": "s", "seconds": "1"}]),
        document(jupyter_port=True),
    ],
)
def test_anything_else_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        decode(text, Record)
    assert not isinstance(caught.value, NewerError)
    assert str(caught.value)


@pytest.mark.parametrize("text", [document(colour="red"), document(origin={"provider": "gcp", "orbit": 3})])
def test_an_unknown_field_means_a_newer_version(text: str) -> None:
    with pytest.raises(NewerError):
        decode(text, Record)


def test_an_unknown_state_or_price_is_unreadable() -> None:
    instance = {
        "ref": {"name": "a", "launch_id": "c1", "region": "r", "zone": "z"},
        "provider": "gcp",
        "instance_type": "t",
        "gpu": {"type": "T4"},
        "state": "running",
        "created_at": "2026-03-01T10:00:00Z",
    }
    assert decode(document(instance=instance), Record).instance
    for wrong in ({"state": "dancing"}, {"hourly": "cheap"}, {"hourly": 0.5}):
        with pytest.raises(UnreadableError):
            decode(document(instance=instance | wrong), Record)


def test_a_time_without_a_zone_is_not_written() -> None:
    with pytest.raises(ValueError, match="time zone"):
        encode(Record("a", "l", Origin("gcp"), datetime(2026, 3, 1)))
