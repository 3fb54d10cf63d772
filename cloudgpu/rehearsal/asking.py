"""One HTTP call to a rehearsal, around proxies and without a library."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit


def ask(endpoint: str, method: str, path: str, body: object = None, timeout: float = 20) -> Any:
    """Its JSON document. OSError or HTTPException where nobody answers, ValueError with its words where it refuses."""
    address = urlsplit(endpoint)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=timeout)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, body=content, headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        document = json.loads(answer.read())
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError(document.get("error", answer.reason))
    return document
