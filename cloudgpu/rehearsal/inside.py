"""Asking a rehearsal whose clouds are on a network of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cloudgpu.rehearsal import asking
from cloudgpu.rehearsal.guests.machines import namespaces


def is_inside(namespace: str) -> bool:
    """Whether this thread is on that network; everybody is on the one without a name."""
    return not namespace or namespaces.is_inside(namespace)


def ask(namespace: str, endpoint: str, method: str, path: str, document: object = None) -> Any:
    """As `asking.ask`, by a thread that goes there first where this one is elsewhere."""
    if is_inside(namespace):
        return asking.ask(endpoint, method, path, document)
    with ThreadPoolExecutor(max_workers=1, initializer=namespaces.enter, initargs=(namespace,)) as there:
        return there.submit(asking.ask, endpoint, method, path, document).result()
