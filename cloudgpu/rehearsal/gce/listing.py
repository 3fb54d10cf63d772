"""Lists: filtered, in order, page by page; and aggregated ones, where each scope has its part or a warning."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

from cloudgpu.rehearsal.gce.catalogue import regions, zones
from cloudgpu.rehearsal.gce.errors import invalid
from cloudgpu.rehearsal.gce.filters import parsed
from cloudgpu.rehearsal.gce.links import link
from cloudgpu.rehearsal.gce.state import Call, Cloud, Handler, Resource

_LARGEST_PAGE = 500
Items = Callable[[Cloud, Call], list[Resource]]
Scoped = Callable[[Cloud, Call], list[tuple[str, Resource]]]


def flat(kind: str, schema: str, items: Items) -> Handler:
    """The handler of a plain list: `kind` as in `compute#instanceList`, `schema` that of one item."""

    def handler(cloud: Cloud, call: Call) -> Resource:
        keyed = [(str(item["name"]), item) for item in items(cloud, call)]
        page, token = _page(call, schema, keyed)
        return _list(kind, call, token, {"items": [item for _, item in page]} if page else {})

    return handler


def aggregated(kind: str, schema: str, part: str, scoped: Scoped, *, regional: bool = False) -> Handler:
    """The handler of an aggregated list. `part`: the field of a scope's items; `scoped` gives (scope, item)."""

    def handler(cloud: Cloud, call: Call) -> Resource:
        keyed = [(f"{scope}/{item['name']}", item) for scope, item in scoped(cloud, call)]
        page, token = _page(call, schema, keyed)
        scopes = [f"zones/{zone}" for zone in zones()]
        if regional:
            scopes = ["global", *(f"regions/{region}" for region in regions())]
        found: dict[str, dict[str, Any]] = {}
        for key, item in page:
            found.setdefault(key.rpartition("/")[0], {part: []})[part].append(item)
        return _list(kind, call, token, {"items": {scope: found.get(scope) or _nothing(scope) for scope in scopes}})

    return handler


def _list(kind: str, call: Call, token: str, content: Resource) -> Resource:
    path = f"{call.project}/{'/'.join(list(call.path.values())[1:])}".rstrip("/")
    answer = {"kind": kind, "id": f"projects/{path}/{call.method.id.split('.')[1]}", **content, "selfLink": link(path)}
    if token:
        answer["nextPageToken"] = token
    return answer


def _nothing(scope: str) -> dict[str, Any]:
    return {
        "warning": {
            "code": "NO_RESULTS_ON_PAGE",
            "message": f"There are no results for scope '{scope}' on this page.",
            "data": [{"key": "scope", "value": scope}],
        }
    }


def _page(call: Call, schema: str, keyed: Sequence[tuple[str, Resource]]) -> tuple[list[tuple[str, Resource]], str]:
    size = call.query.get("maxResults", _LARGEST_PAGE)
    if size > _LARGEST_PAGE:
        raise invalid("maxResults", size, f"Must be less than or equal to {_LARGEST_PAGE}")
    matches = parsed(call.query.get("filter", ""), schema)
    if (order := call.query.get("orderBy", "name")) != "name":
        raise invalid("orderBy", order, "Only sorting by name is supported here.")
    after = _after(call.query.get("pageToken", ""))
    left = sorted((one for one in keyed if one[0] > after and matches(one[1])), key=lambda one: one[0])
    page = left[: size or _LARGEST_PAGE]
    return page, _token(page[-1][0]) if len(page) < len(left) else ""


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(f"after:{key}".encode()).decode()


def _after(token: str) -> str:
    """The key of the last item that was given; what is deleted in between shifts no page."""
    try:
        word, _, key = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        word, key = "", ""
    if token and word != "after":
        raise invalid("pageToken", token, "The page token is not valid.")
    return key
