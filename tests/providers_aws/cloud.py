"""The embedded EC2 over HTTP for these tests, with machines that are only names."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from werkzeug.serving import make_server

from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.credentials import ACCESS_KEY, SECRET_KEY
from cloudgpu.rehearsal.ec2 import Front, app
from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.ledger import Ledger
from cloudgpu.rehearsal.world import Door, GuestSpec, World
from cloudgpu.testing.samples import HOST_KEY

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class PaperGuests:
    """Guests that keep their spec and open no port; the next `broken` ones do not boot."""

    kind = "process"

    def __init__(self) -> None:
        self.booted: dict[str, GuestSpec] = {}
        self.broken = 0

    def boot(self, spec: GuestSpec) -> None:
        if self.broken:
            self.broken -= 1
            raise OSError("no such machine")
        self.booted[spec.id] = spec

    def door(self, guest_id: str) -> Door | None:
        return Door("127.0.0.1", 2222, (HOST_KEY,)) if guest_id in self.booted else None

    def console(self, guest_id: str) -> str:
        if guest_id not in self.booted:
            return ""
        return (
            "[    0.000000] Linux version 6.8.0-1017-aws\r\n"
            "-----BEGIN SSH HOST KEY KEYS-----\r\n"
            f"{HOST_KEY} root@ip-172-31-0-5\r\n"
            "-----END SSH HOST KEY KEYS-----\r\n"
        )

    def halt(self, guest_id: str) -> None:
        self.booted.pop(guest_id, None)

    def running(self) -> Sequence[str]:
        return list(self.booted)

    def close(self) -> None:
        self.booted.clear()


@dataclass(frozen=True)
class Cloud:
    world: World
    guests: PaperGuests
    url: str
    front: Front

    def configure(self, **settings: object) -> None:
        """As `rehearsal.ec2.settings` takes them; None makes one as new."""
        self.front.configure(settings)

    def fault(self, operation: str, effect: str = "error", *, times: int = 1, **more: object) -> None:
        """A rule for the next `times` calls of this operation."""
        self.world.faults.add({"cloud": "aws", "operation": operation, "effect": effect, "times": times, **more})


@contextmanager
def serve(folder: Path) -> Iterator[Cloud]:
    """EC2, SSM, STS and Service Quotas on a port of their own of 127.0.0.1."""
    guests = PaperGuests()
    ledger = Ledger(folder / "ledger.db")
    world = World(ledger, guests, Faults(), Clock(operation_seconds=0.05, boot_seconds=0.0))
    front = app(world)
    front.ready()  # loading moto changes the environment for a moment, which the tests here do, too
    server = make_server("127.0.0.1", 0, front, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Cloud(world, guests, f"http://127.0.0.1:{server.server_port}", front)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        front.close()
        ledger.shut()


def sign_in(patch: pytest.MonkeyPatch, url: str, **changes: str | None) -> None:
    """The environment of somebody who rehearses, and nothing else of AWS from this computer."""
    wanted = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_CONFIG_FILE": "/nonexistent/config",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        "AWS_PROFILE": None,
        "AWS_SESSION_TOKEN": None,
        "AWS_REGION": None,
        "AWS_DEFAULT_REGION": None,
        **changes,
    }
    for name, value in wanted.items():
        if value is None:
            patch.delenv(name, raising=False)
        else:
            patch.setenv(name, value)


@cache
def _session() -> boto3.Session:
    return boto3.Session()


def by_hand(region: str) -> EC2Client:
    """The account as somebody else's program sees it, by the environment of `sign_in`."""
    client: EC2Client = _session().client("ec2", region_name=region)
    return client
