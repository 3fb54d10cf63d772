"""The web servers of the rehearsal's internet, which machines leave in the middle of a sentence."""

from __future__ import annotations

import logging
import sys
import threading
from http.server import ThreadingHTTPServer
from typing import Any

_LOG = logging.getLogger(__name__)


class Server(ThreadingHTTPServer):
    """Serves from `begin` to `end`, each connection in a thread of its own that nothing waits for."""

    daemon_threads = True

    def begin(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.05,), name="web", daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A machine that has lost its power does not say goodbye."""
        error = sys.exc_info()[1]
        _LOG.log(logging.DEBUG if isinstance(error, OSError) else logging.ERROR, "%s: %r", client_address[0], error)
