"""Network namespaces: one that plays the internet, one for each machine, and nothing that leads out of them."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from cloudgpu.rehearsal.guests.machines import names
from cloudgpu.rehearsal.guests.machines.running import tool, tried

_NETNS = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_BRIDGE = "internet"


def name_of(home: Path) -> str:
    """Each rehearsal has an internet of its own, so that two can run side by side."""
    return f"cloudgpu-{hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:8]}"


def enter(namespace: str) -> None:
    """Put this thread, and those that it begins later, into it. OSError where that is not allowed."""
    with (_NETNS / namespace).open() as there:
        _set(there, namespace)


def leaving() -> Callable[[], None]:
    """What brings this thread back to where it is now."""
    here = Path("/proc/thread-self/ns/net").open()  # noqa: SIM115 - it is closed on the way back

    def back() -> None:
        with here:
            _set(here, "where it came from")

    return back


def _set(file: IO[str], name: str) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), f"the network namespace {name} cannot be entered")


def is_inside(namespace: str) -> bool:
    """Whether this thread is in it."""
    try:
        there, here = (_NETNS / namespace).stat(), Path("/proc/thread-self/ns/net").stat()
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def make_internet(namespace: str) -> None:
    """A bridge with the addresses of everything that is not a machine."""
    tool("ip", "netns", "add", namespace)
    _ip(namespace, "link set lo up")
    _ip(namespace, f"link add {_BRIDGE} type bridge")
    _ip(namespace, f"link set {_BRIDGE} up")
    for address in (
        f"{names.GATEWAY}/24",
        f"{names.SHOP}/24",
        f"{names.PRIVATE_GATEWAY}/20",
        f"{names.METADATA}/32",
    ):
        _ip(namespace, f"addr add {address} dev {_BRIDGE}")


def connect(internet: str, number: int) -> str:
    """The namespace of machine `number`, made with its cable to the internet; its addresses come by `address`."""
    own = f"{internet}-{number}"
    tool("ip", "netns", "add", own)
    tool("ip", "link", "add", f"v{number}", "netns", internet, "type", "veth", "peer", "name", "eth0", "netns", own)
    _ip(internet, f"link set v{number} master {_BRIDGE} up")
    _ip(own, "link set lo up")
    _ip(own, f"link set eth0 address {names.hardware(number)} up")
    _ip(own, f"addr add {names.private(number)}/20 dev eth0")
    return own


def address(own: str, old: str | None, new: str) -> None:
    """Give the machine this public address in place of the old one."""
    if old:
        tried("ip", "-n", own, "addr", "del", f"{old}/24", "dev", "eth0")
    _ip(own, f"addr add {new}/24 dev eth0")
    _ip(own, f"route replace default via {names.GATEWAY} src {new}")


def remove(namespace: str) -> None:
    """Gone already is fine. Its interfaces go with it when the last process in it has ended."""
    tried("ip", "netns", "del", namespace)


def left(internet: str) -> list[str]:
    """The namespaces of this internet and its machines that are there."""
    return sorted(one.name for one in _NETNS.glob(f"{internet}*") if one.name == internet or _is_machine(one, internet))


def _is_machine(path: Path, internet: str) -> bool:
    return path.name.startswith(f"{internet}-") and path.name.removeprefix(f"{internet}-").isdigit()


def _ip(namespace: str, words: str) -> None:
    tool("ip", "-n", namespace, *words.split())
