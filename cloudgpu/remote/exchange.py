"""Talking to one running command: everything in, everything out, however much it is, and no longer than allowed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from paramiko import Channel

EXPIRED: Final = -1001
CUT_OFF: Final = -1002
_PIECE = 1 << 16
_PARTING = 0.2


def talk(channel: Channel, stdin: bytes, timeout: float) -> tuple[int, bytes, bytes]:
    """The status (or EXPIRED, or CUT_OFF), standard output, standard error. The channel is closed afterwards."""
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        channel.close()

    out, err = bytearray(), bytearray()
    alarm = threading.Timer(timeout, expire)
    aside = threading.Thread(target=_drain, args=(channel.recv_stderr, err), daemon=True)
    feeder = threading.Thread(target=_feed, args=(channel, stdin), daemon=True)
    alarm.daemon = True
    try:
        for thread in (alarm, aside, feeder):
            thread.start()
        _drain(channel.recv, out)
        aside.join()
        status = end(channel)
    finally:
        alarm.cancel()
        channel.close()
    return (EXPIRED if expired.is_set() else status), bytes(out), bytes(err)


def end(channel: Channel) -> int:
    """The exit status, -1 where a signal ended the command, CUT_OFF where the connection went first."""
    status = channel.recv_exit_status()
    if status == -1:
        transport = channel.get_transport()
        transport.join(_PARTING)  # it closes its channels a moment before it counts as closed itself
        if not transport.is_active():
            return CUT_OFF
    return status


def _drain(receive: Callable[[int], bytes], into: bytearray) -> None:
    with _until_cut():
        while piece := receive(_PIECE):
            into += piece


def _feed(channel: Channel, stdin: bytes) -> None:
    with _until_cut():
        for start in range(0, len(stdin), _PIECE):
            channel.sendall(stdin[start : start + _PIECE])
        channel.shutdown_write()


@contextmanager
def _until_cut() -> Iterator[None]:
    """The command may end before it has read everything, and the connection at any time: the status tells which."""
    import paramiko

    with suppress(OSError, EOFError, paramiko.SSHException):
        yield
