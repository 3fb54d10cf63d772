"""`/_rehearsal/...`: the ledger, the faults, the clock and the settings of the clouds, beside each cloud's own API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from cloudgpu.rehearsal.world import HasDisks, World

StartResponse = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
_PREFIX = "/_rehearsal/"
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}


class Cloud(Protocol):
    """A cloud's WSGI application with settings of its own."""

    def configure(self, wanted: Mapping[str, Any]) -> Any:
        """ValueError for a setting that is not known or makes no sense."""

    def close(self) -> None:
        """End what runs by itself and what is held; guests and ledger stay."""

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]: ...


class Admin:
    """What the paths do; shared by both endpoints."""

    def __init__(
        self, world: World, clouds: Mapping[str, Callable[[], Cloud]], told: Mapping[str, Any], stop: Callable[[], None]
    ) -> None:
        self._world = world
        self._clouds = clouds
        self._told = told
        self._stop = stop

    def answer(self, method: str, what: str, body: bytes) -> tuple[int, Any]:
        """Status and JSON document. ValueError: the request is wrong."""
        acts: dict[str, Callable[[], Any]] = {
            "GET status": self._status,
            "GET ledger": lambda: {"billable": self._world.ledger.billable(), "ledger": self._world.ledger.rows()},
            "GET faults": self._world.faults.listed,
            "POST faults": lambda: self._add_faults(_parsed(body)),
            "DELETE faults": self._clear_faults,
            "GET clock": lambda: self._world.clock.change({}),
            "POST clock": lambda: self._world.clock.change(_mapping(_parsed(body))),
            "POST stop": self._stop,
            "POST guests": lambda: self._happen(_mapping(_parsed(body))),
            **{f"POST {name}": partial(self._configure, name, body) for name in self._clouds},
        }
        if act := acts.get(f"{method} {what}"):
            return 200, act()
        known = sorted(call for call in acts if call.endswith(f" {what}"))
        if known:
            return 405, {"error": f"{method} makes no sense here; there is {', '.join(known)}"}
        return 404, {"error": f"there is {', '.join(sorted({call.split()[1] for call in acts}))} below {_PREFIX}"}

    def _status(self) -> dict[str, Any]:
        world = self._world
        return {**self._told, "guests": world.guests.kind, "instances": list(world.guests.running())}

    def _add_faults(self, wanted: Any) -> list[dict[str, Any]]:
        for one in wanted if isinstance(wanted, list) else [wanted]:
            self._world.faults.add(_mapping(one))
        return self._world.faults.listed()

    def _happen(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """`{"guest": id, "event": "reboot" | "power cut"}`: what the cloud has no part in."""
        guests = self._world.guests
        if not isinstance(guests, HasDisks):
            raise ValueError(f"nothing like that happens to {guests.kind} guests")
        events = {"reboot": guests.reboot, "power cut": guests.cut}
        if wanted.get("event") not in events:
            raise ValueError(f"there is no event {wanted.get('event')!r}; there is {', '.join(events)}")
        events[wanted["event"]](str(wanted.get("guest")))
        return self._status()

    def _clear_faults(self) -> list[dict[str, Any]]:
        self._world.faults.clear()
        return []

    def _configure(self, name: str, body: bytes) -> Any:
        return self._clouds[name]().configure(_mapping(_parsed(body)))


def guarded(app: Wsgi, admin: Admin) -> Wsgi:
    """The cloud's own paths to `app`, ours to `admin`, and nothing for a page that a foreign name led here."""

    def call(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        if host and host.rpartition(":")[0] not in _LOOPBACK and host not in _LOOPBACK:
            return _respond(start_response, 403, {"error": f"this answers to 127.0.0.1 and localhost, not to {host}"})
        path = environ.get("PATH_INFO", "")
        if not path.startswith(_PREFIX):
            return app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            status, answer = admin.answer(environ["REQUEST_METHOD"], path.removeprefix(_PREFIX), body)
        except (ValueError, TypeError, KeyError) as error:
            status, answer = 400, {"error": str(error)}
        return _respond(start_response, status, answer)

    return call


def _respond(start_response: StartResponse, status: int, answer: Any) -> Iterable[bytes]:
    body = json.dumps(answer, default=str).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(f"{status} {_REASONS[status]}", headers)
    return [body]


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError as error:
        raise ValueError(f"the body is no JSON: {error}") from None


def _mapping(wanted: Any) -> Mapping[str, Any]:
    if not isinstance(wanted, Mapping):
        raise ValueError(f"a JSON object is wanted, not {json.dumps(wanted)[:80]}")
    return wanted
