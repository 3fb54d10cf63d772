"""Sees that a machine has fallen silent: TCP alone takes many minutes for that, and paramiko only sends keepalives."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paramiko import Transport

MISSES = 3


def watch(transport: Transport, every: float) -> None:
    """Ask the server for a sign of life every so many seconds; close the transport when three are missing.

    Ends with the transport.
    """
    threading.Thread(target=_ask, args=(transport, every), name="ssh-pulse", daemon=True).start()


def _ask(transport: Transport, every: float) -> None:
    import paramiko

    while transport.is_active():
        alarm = threading.Timer(every * MISSES, transport.close)
        alarm.daemon = True
        alarm.start()
        try:
            # Servers refuse this request, and the refusal is the answer.
            transport.global_request("keepalive@openssh.com", wait=True)
        except (OSError, EOFError, paramiko.SSHException):
            transport.close()
        finally:
            alarm.cancel()
        transport.join(every)
