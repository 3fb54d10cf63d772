"""What a workflow is given: every way out of the process is in here, so that a test can stand in for each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from cloudgpu.events import Emit
from cloudgpu.model import Origin, SshTarget
from cloudgpu.protocols import Provider, Remote, Store


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class Deps:
    """`caller_cidr` is asked when it is needed, since the answer may come over the network; `owner` is a label."""

    provider: Provider
    origin: Origin
    store: Store
    emit: Emit
    connect: Callable[[SshTarget], Remote]
    ssh_public_key: str
    caller_cidr: Callable[[], str]
    owner: str
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
