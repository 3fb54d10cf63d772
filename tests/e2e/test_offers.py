"""What can be bought, asked of the rehearsal clouds as a person would."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from tests.e2e.person import Person


def test_offers_of_google_are_what_it_has_now(person: Person) -> None:
    (first, *rest) = person.json("offers", "--provider", "gcp", "--gpu", "T4", "--region", "us-central1")
    assert {one["instance_type"] for one in (first, *rest)} == {"n1-standard-4", "n1-standard-8"}
    assert first["zones"] == [f"us-central1-{letter}" for letter in "abcf"]
    assert (first["price_per_hour"], first["gpu"]) == ("0.54", {"type": "T4", "count": 1, "memory_gb": 16})
    assert first["quota_left"] >= 0 and first["quota"]
    seen = datetime.fromisoformat(first["seen_at"].replace("Z", "+00:00"))
    assert datetime.now(timezone.utc) - seen < timedelta(minutes=10)
    assert [path.name for path in Path(person.home, "cache").iterdir()] == ["gcp-cloudgpu-rehearsal.json"]


def test_offers_of_amazon_and_both_together(person: Person) -> None:
    found = person.json("offers", "--gpu", "T4", "--max-price", "0.6")
    assert {one["provider"] for one in found} == {"gcp", "aws"}
    screen = person.ok("offers", "--provider", "aws", "--gpu", "T4", "--spot")
    assert "g4dn.xlarge" in screen and "spot" in screen and "aws: zones as of" in screen


def test_a_retired_gpu_says_what_to_use(person: Person) -> None:
    done = person.run("offers", "--provider", "gcp", "--gpu", "K80")
    assert done.returncode == 2
    assert "K80 is retired on Google Cloud." in done.stderr and "cloudgpu launch --gpu T4" in done.stderr
