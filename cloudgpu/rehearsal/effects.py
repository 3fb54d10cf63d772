"""What a fault does to a connection. Works on werkzeug's server, which leaves the client's socket in the environ.

`reset` and `hold` never return: they raise ConnectionResetError, which that server takes for a client that has gone
and passes over in silence. Read the request's body before; nothing that wraps the application may catch the error.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
import time
from collections.abc import Mapping
from typing import Any, NoReturn

_STEP_SECONDS = 0.1


def reset(environ: Mapping[str, Any]) -> NoReturn:
    """End the connection at once; the client sees a reset."""
    connection: socket.socket = environ["werkzeug.socket"]
    spent, other = socket.socketpair()
    try:
        other.close()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The server keeps reading from this descriptor: give it one at its end, in place of a closed or reused number.
        os.dup2(spent.fileno(), connection.fileno(), inheritable=False)
    finally:
        spent.close()
    raise ConnectionResetError("reset by a fault")


def hold(environ: Mapping[str, Any], seconds: float = 600.0, stop: threading.Event | None = None) -> NoReturn:
    """Say nothing until the client has gone, `seconds` are over or `stop` is set; then reset."""
    connection: socket.socket = environ["werkzeug.socket"]
    end = time.monotonic() + seconds
    while time.monotonic() < end and not (stop and stop.is_set()):
        if select.select([connection], [], [], _STEP_SECONDS)[0] and not _still_there(connection):
            break
    reset(environ)


def delay(seconds: float) -> None:
    """Let time pass before the answer."""
    time.sleep(seconds)


def _still_there(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(65536))
    except ConnectionError:
        return False
