"""As with a real account: no `--rehearse`, only the usual variables, which happen to point at this computer."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudgpu.rehearsal import client
from tests.e2e.person import Person


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    clouds = tmp_path_factory.mktemp("clouds")
    running = client.start(clouds)
    customer = Person(tmp_path_factory.mktemp("customer"), rehearse=False)
    customer.env |= {name: value for name, value in client.environment(running, clouds).items() if value}
    yield customer
    customer.run("tunnel", "--stop")
    client.stop(clouds)


WANTED = ("--gpu", "T4", "--ssh-cidr", "127.0.0.1/32")


def answered(person: Person, answer: str, *args: str) -> tuple[int, str]:
    """Run with a terminal where the questions come, and answer one of them."""
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "cloudgpu", *args],
            stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs, env=person.env | {"TERM": "xterm"},
        ) as child:  # fmt: skip
            os.close(theirs)
            said = b""
            while b"?" not in said:
                said += os.read(ours, 4096)
            os.write(ours, answer.encode() + b"\n")
            while child.poll() is None:
                try:
                    said += os.read(ours, 4096)
                except OSError:  # Linux tells so that the other end was closed
                    break
        return child.returncode, said.decode(errors="replace")
    finally:
        os.close(ours)


@pytest.mark.parametrize("provider", ["gcp", "aws"])
def test_nothing_is_bought_without_a_yes(customer: Person, provider: str) -> None:
    done = customer.run("launch", "x", "--provider", provider, *WANTED)
    assert done.returncode == 2, done.stderr
    assert "per hour" in done.stderr
    assert f"cloudgpu launch x --provider {provider} --yes" in done.stderr
    status, said = answered(customer, "n", "launch", "x", "--provider", provider, *WANTED)
    assert status == 1, said
    assert "Nothing was done." in said
    assert customer.json("ps", "--refresh") == []


def test_a_launch_is_no_rehearsal(customer: Person, tmp_path: Path) -> None:
    made = customer.json("launch", "real", "--provider", "aws", "--yes", *WANTED)
    assert (made["rehearsal"], made["state"]) == (False, "running")
    status, said = answered(customer, "n", "destroy", "real")
    assert (status, len(customer.json("ps"))) == (1, 1), said
    status, said = answered(customer, "y", "destroy", "real")
    assert (status, customer.json("ps", "--refresh")) == (0, []), said
