"""The emulated EC2 behind a real HTTP server, with guests that are only remembered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.config
from werkzeug.serving import WSGIRequestHandler, make_server

from cloudgpu.rehearsal.ec2 import ACCESS_KEY, SECRET_KEY, Front, app
from cloudgpu.rehearsal.ledger import Ledger
from cloudgpu.rehearsal.world import Door, GuestSpec, World

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl root@guest"
SINGLE_CUDA = "/aws/service/deeplearning/ami/{}/base-with-single-cuda-ubuntu-24.04/latest/ami-id"


@dataclass
class RememberedGuests:
    """Guests without a machine: booted, their door opens when `open_doors` is set."""

    kind: str = "remembered"
    port: int = 2222
    open_doors: bool = True
    booted: dict[str, GuestSpec] = field(default_factory=dict)
    halted: list[str] = field(default_factory=list)
    refuse: str = ""
    chatter: str = ""

    def boot(self, spec: GuestSpec) -> None:
        if self.refuse:
            raise OSError(self.refuse)
        self.booted[spec.id] = spec

    def door(self, guest_id: str) -> Door | None:
        if guest_id in self.booted and self.open_doors:
            return Door("127.0.0.1", self.port, (HOST_KEY,))
        return None

    def console(self, guest_id: str) -> str:
        keys = f"-----BEGIN SSH HOST KEY KEYS-----\r\n{HOST_KEY}\r\n-----END SSH HOST KEY KEYS-----\r\n"
        return f"booting {guest_id}\r\n{self.chatter}{keys}"

    def halt(self, guest_id: str) -> None:
        self.halted.append(guest_id)
        self.booted.pop(guest_id, None)

    def running(self) -> Sequence[str]:
        return list(self.booted)

    def close(self) -> None:
        self.booted.clear()


@dataclass
class RememberedMachines(RememberedGuests):
    """Guests with a disk that a stop leaves alone, and an address from the first moment."""

    kind: str = "machine"
    stopped: list[str] = field(default_factory=list)
    rebooted: list[str] = field(default_factory=list)

    def address(self, guest_id: str) -> str | None:
        return "198.51.100.11" if guest_id in self.booted else None

    def stop(self, guest_id: str) -> None:
        self.stopped.append(guest_id)
        self.booted.pop(guest_id, None)

    def reboot(self, guest_id: str) -> None:
        self.rebooted.append(guest_id)

    def cut(self, guest_id: str) -> None:
        self.rebooted.append(guest_id)

    def published(self, guest_id: str) -> Mapping[str, str]:
        return {"hostkeys/ssh-ed25519": HOST_KEY.split()[1]} if guest_id in self.booted else {}


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing on the terminal."""


@dataclass
class Bed:
    world: World
    guests: RememberedGuests
    front: Front
    port: int
    clients: dict[tuple[str, ...], Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, region: str = "us-east-1", **keys: str) -> Any:
        """A real client that asks once."""
        known = (service, region, *keys.values())
        if known in self.clients:
            return self.clients[known]
        credentials = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY} | keys
        once = botocore.config.Config(
            retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=5, read_timeout=60, proxies={}
        )
        make: Any = boto3.client
        self.clients[known] = make(service, region_name=region, endpoint_url=self.url, config=once, **credentials)
        return self.clients[known]

    def image(self, architecture: str = "x86_64", region: str = "us-east-1") -> str:
        found = self.client("ssm", region).get_parameter(Name=SINGLE_CUDA.format(architecture))
        return str(found["Parameter"]["Value"])

    def billed(self) -> set[str]:
        """The kinds that are being billed now."""
        return {row["kind"] for row in self.world.ledger.rows() if row["ended_at"] is None}


@contextmanager
def standing(folder: Path, guests: RememberedGuests | None = None) -> Iterator[Bed]:
    guests = guests or RememberedGuests()
    world = World(ledger=Ledger(folder / "ledger.db"), guests=guests)
    world.clock.change({"operation_seconds": 0.02})
    front = app(world)
    server = make_server("127.0.0.1", 0, front, threaded=True, request_handler=_Quiet)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield Bed(world, guests, front, server.server_port)
    finally:
        front.close()
        server.shutdown()
        serving.join()
        server.server_close()
        world.ledger.shut()


def named(name: str, *values: str) -> FilterTypeDef:
    return {"Name": name, "Values": list(values)}


def wait_for(condition: Callable[[], object], within: float = 10.0) -> Any:
    """The first true answer; AssertionError when time is up."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.01)
    raise AssertionError("it did not come")


def launch(bed: Bed, ec2: EC2Client, **wanted: Any) -> dict[str, Any]:
    """One instance as asked, a g4dn.xlarge of the Deep Learning image otherwise."""
    request = {"InstanceType": "g4dn.xlarge", "MinCount": 1, "MaxCount": 1} | wanted
    request.setdefault("ImageId", bed.image(region=ec2.meta.region_name))
    make: Any = ec2.run_instances
    instance: dict[str, Any] = make(**request)["Instances"][0]
    return instance


def seen(ec2: EC2Client, instance_id: str) -> dict[str, Any]:
    found: Any = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    instance: dict[str, Any] = found
    return instance


def until_state(ec2: EC2Client, instance_id: str, state: str) -> dict[str, Any]:
    def there() -> dict[str, Any] | None:
        instance = seen(ec2, instance_id)
        return instance if instance["State"]["Name"] == state else None

    found: dict[str, Any] = wait_for(there)
    return found
