"""Names: of instances, of launches, of owners; and the marks that everything we make in a cloud bears."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from cloudgpu.errors import UsageError
from cloudgpu.model import InstanceSpec

NAME, LAUNCH_ID, OWNER, EXPIRES, SSH_PORT = (
    "cloudgpu-name",
    "cloudgpu-launch-id",
    "cloudgpu-owner",
    "cloudgpu-expires",
    "cloudgpu-ssh-port",
)
LONGEST = 40
_VALID = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?")
_FIRST = "amber brave calm clever coral daring eager fair gentle keen lively lucky merry noble quiet rapid swift witty"
_SECOND = "badger crane dolphin falcon finch gecko heron ibex koala lynx marten newt otter panda puffin raven seal wren"


def check_name(name: str) -> str:
    """The name itself, if both clouds would take it as a label; UsageError with a valid spelling otherwise."""
    if len(name) <= LONGEST and _VALID.fullmatch(name):
        return name
    mended = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST].strip("-")
    mended = mended if mended[:1].isalpha() else f"gpu-{mended}"[:LONGEST].strip("-")
    raise UsageError(
        f"{name!r} cannot be the name of an instance: at most {LONGEST} characters, lower-case letters, digits and "
        "dashes, a letter first and no dash last.",
        remedy=f"cloudgpu launch {mended}",
    )


def new_name(pick: Callable[[Sequence[str]], str], taken: Sequence[str]) -> str:
    """Two words that nobody here uses yet; a number is added when most pairs are taken."""
    for attempt in range(200):
        name = f"{pick(_FIRST.split())}-{pick(_SECOND.split())}" + (f"-{attempt}" if attempt > 100 else "")
        if name not in taken:
            return name
    raise UsageError("Every generated name is taken.", remedy="cloudgpu launch NAME")


def owner_label(user: str, computer: str) -> str:
    """`user_computer` in characters that a label takes."""
    return re.sub(r"[^a-z0-9_-]", "-", f"{user}_{computer}".lower())[:63]


def resource_name(launch_id: str, part: str = "") -> str:
    """The name, in a cloud, of what a launch makes: `cloudgpu-<launch-id>[-part]`."""
    return f"cloudgpu-{launch_id}" + (f"-{part}" if part else "")


def expires_label(expires_at: datetime | None) -> str:
    """Unix seconds, or `never`."""
    return "never" if expires_at is None else str(int(expires_at.timestamp()))


def marks(spec: InstanceSpec) -> dict[str, str]:
    """The labels or tags that everything made for this launch bears from its creation on."""
    return {
        NAME: spec.name,
        LAUNCH_ID: spec.launch_id,
        OWNER: spec.owner,
        EXPIRES: expires_label(spec.expires_at),
    }
