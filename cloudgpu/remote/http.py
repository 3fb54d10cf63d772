"""Asking a Jupyter server behind a forward whether it is there."""

from __future__ import annotations

import http.client


def probe(port: int, token: str, *, timeout: float) -> int | None:
    """The status of `GET /api/status` with the token through 127.0.0.1: 200 is ready, 403 is another's server.
    None where nobody answered within `timeout` seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", "/api/status", headers={"Authorization": f"token {token}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
