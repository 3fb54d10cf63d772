"""Another way to copy bytes for sshtunnel: two blocking threads for each connection in place of `select`.

`select` makes paramiko open a pipe for each channel, and closing that pipe races with paramiko's own thread: now and
then the whole session dies of a broken pipe. This way an answer that comes after the client's end of data arrives too.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paramiko import Channel

_PIECE = 1 << 16


def make_steady(forwarder: Any) -> None:
    """Give an SSHTunnelForwarder that has not started yet the other way. There is no public door for it."""
    original = forwarder._make_ssh_forward_handler_class

    def make(remote: tuple[str, int]) -> Any:
        handler = original(remote)  # a new class each time, so nobody else's changes
        handler._redirect = lambda self, channel: copy(self.request, channel)
        return handler

    forwarder._make_ssh_forward_handler_class = make


def copy(client: socket.socket, channel: Channel) -> None:
    """Copy both ways until the machine's side has ended, or either connection broke."""
    upward = threading.Thread(target=_up, args=(client, channel), daemon=True)
    upward.start()
    try:
        while piece := channel.recv(_PIECE):
            client.sendall(piece)
    finally:
        channel.close()
        with suppress(OSError):  # the client may have gone first
            client.shutdown(socket.SHUT_RDWR)
        upward.join()


def _up(client: socket.socket, channel: Channel) -> None:
    import paramiko

    with suppress(OSError, EOFError, paramiko.SSHException):
        while piece := client.recv(_PIECE):
            channel.sendall(piece)
        channel.shutdown_write()
