"""Nothing that tells whose a recorded exchange was is left in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgpu.testing.samples import PUBLIC_KEY
from tests.scrubbing import NUMBER, PROJECT, Scrub

SCRUB = Scrub({"my-firm-prod": PROJECT, "987654321098": NUMBER, "0a1b2c3d4e5f": "0123456789ab"})


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("projects/my-firm-prod/zones/z", "projects/a-project/zones/z"),
        ("projects/my-firm-prod2/zones/z", "projects/my-firm-prod2/zones/z"),
        ("project 987654321098 before", "project 123456789012 before"),
        ("cloudgpu-0a1b2c3d4e5f-ssh", "cloudgpu-0123456789ab-ssh"),
        (
            "operations/operation-1764276300123-a1b2c3d4e5f60-0a1b2c3d-4e5f6a7b/wait",
            "operations/operation-1-a-b-c/wait",
        ),
        ("4f6c2f0e-8a53-5d3e-9c53-0c9f6e1f2a3b", "00000000-0000-4000-8000-000000000001"),
        ("2026-11-27T20:45:00.123+01:00", "2026-01-01T00:00:00.000-08:00"),
        ("2026-11-27T20:45:00Z", "2026-01-01T00:00:00.000-08:00"),
        (f"ubuntu:{PUBLIC_KEY}\n", "ubuntu:ssh-ed25519 AAAA somebody\n"),
        ("ann@my-firm.example", "somebody@example.com"),
        ("987654321098-compute@developer.gserviceaccount.com", "somebody@example.com"),
        ("203.0.113.7/32", "192.0.2.1/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("35.235.240.0/20", "35.235.240.0/20"),
        ("2a02:8109:1:2:3:4:5:6", "2001:db8::1"),
        ("4242424242424242424", "1000000000000000001"),
        ("1795812300", "1700000000"),
        ("never", "never"),
        ("n1-standard-4", "n1-standard-4"),
        ("Bearer ya29.a0Af_H6-x", "Bearer ya29.token"),
    ],
)
def test_texts(text: str, scrubbed: str) -> None:
    assert SCRUB.text(text) == scrubbed
    assert SCRUB.text(scrubbed) == scrubbed


def test_fields_that_are_known_by_their_names() -> None:
    document = {
        "labelFingerprint": "QmFzZTY0",
        "contents": "booting ann-laptop",
        "labels": {"cloudgpu-owner": "ann_laptop", "cloudgpu-name": "quiet-otter"},
        "metadata": {"items": [{"key": "startup-script", "value": "#!/bin/sh\necho ann"}]},
        "commonInstanceMetadata": {"items": [{"key": "password", "value": "hunter2"}]},
        "count": 3,
        "on": True,
        "nothing": None,
    }
    told = json.dumps(scrubbed := SCRUB.value(document))
    assert not any(secret in told for secret in ("ann", "QmFz", "hunter2"))
    assert scrubbed["labels"]["cloudgpu-name"] == "quiet-otter"
    assert (scrubbed["count"], scrubbed["on"], scrubbed["nothing"]) == (3, True, None)


@given(st.ip_addresses(v=4).map(str), st.text("abc/:, ", max_size=5), st.text("abc/:, ", max_size=5))
def test_no_address_is_left(address: str, before: str, after: str) -> None:
    known = address in ("0.0.0.0", "35.235.240.0")
    assert SCRUB.text(f"{before}{address}{after}") == f"{before}{address if known else '192.0.2.1'}{after}"
