"""The embedded Compute Engine as a WSGI application: every request is checked, then carried out, or goes wrong."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from cloudgpu.rehearsal import effects
from cloudgpu.rehearsal.faults import Fault
from cloudgpu.rehearsal.gce import catalogue, mishaps, operations, permissions, projects, public_images, strict, tokens
from cloudgpu.rehearsal.gce.cloudquotas import application as cloudquotas
from cloudgpu.rehearsal.gce.discovery import document
from cloudgpu.rehearsal.gce.errors import ApiError, invalid
from cloudgpu.rehearsal.gce.routes import HANDLERS, UNLOCKED
from cloudgpu.rehearsal.gce.settings import Settings
from cloudgpu.rehearsal.gce.state import Call, Cloud
from cloudgpu.rehearsal.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger(__name__)


class ComputeEngine:
    """Thread-safe. Serves `/compute/v1/...`, the Cloud Quotas API `/v1/...` and the token endpoint `POST /token`."""

    def __init__(self, world: World) -> None:
        self._cloud = Cloud(world, Settings())

    def configure(self, wanted: Mapping[str, object]) -> dict[str, object]:
        """Change quotas, projects, policies, permissions, capacity and images while it runs: see `Settings.change`.
        All settings are returned. A project that is null is gone with everything in it, and new when it is named
        again."""
        with self._cloud.lock:
            before = dict(self._cloud.settings.projects)
            told = self._cloud.settings.change(wanted)
            gone = projects.settle(self._cloud, before)
        for guest in gone:
            self._cloud.world.guests.halt(guest)
        return told

    def close(self) -> None:
        """End every operation and every held request where it stands."""
        self._cloud.stop.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data()
        if request.path == "/token":
            status, answer = tokens.grant(request.method, dict(request.form))
        elif request.path.startswith(cloudquotas.ROOT):
            status, answer = cloudquotas.answer(self._cloud, request, body)
        else:
            status, answer = self._answer(request, body)
        # indented as Google's, for whoever looks; of a thousand machines it would take longer than all the rest
        text = json.dumps(answer, indent=None if "items" in answer else 2)
        response = Response(text, status=status, content_type="application/json; charset=UTF-8")
        return response(environ, start_response)

    def _answer(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        fault, status = None, 200
        try:
            call = self._checked(request, body)
            fault = self._cloud.world.faults.take("gcp", call.method.id, _flat(call))
            answer = self._carried_out(self._before(fault, call, request) if fault else call)
        except ApiError as refusal:
            status, answer = refusal.http_status, {"error": refusal.body}
        except ConnectionError:
            raise
        except Exception:  # noqa: BLE001  a bug of ours is answered the way the real one answers its own
            _log.exception("%s %s", request.method, request.path)
            status, answer = 500, {"error": ApiError(500, "backendError", "Internal error. Please try again.").body}
        if fault is not None and fault.effect == "lost_response":
            effects.reset(request.environ)
        return status, answer

    def _checked(self, request: Request, body: bytes) -> Call:
        found = document().match(request.method, request.path)
        if found is None or found[0].id not in HANDLERS:
            raise ApiError(404, "notFound", "Not Found")
        method, path = found
        tokens.check_bearer(request.headers.get("Authorization", ""), method.id)
        strict.check_path(method, path)
        query = strict.check_query(method, dict(request.args.lists()))
        content = strict.check_body(method, body)
        if path["project"] not in public_images.PROJECTS or not method.id.startswith("compute.images."):
            self._cloud.settings.admit(path["project"])
        for kind, known in (("zone", catalogue.zones()), ("region", catalogue.regions())):
            if kind in path and path[kind] not in known and method.id != f"compute.{kind}s.get":
                raise invalid(kind, path[kind], f"Unknown {kind}.")
        return Call(method, path, query, content)

    def _before(self, fault: Fault, call: Call, request: Request) -> Call:
        """What the fault does before, or instead of, the deed."""
        if fault.effect == "timeout":
            effects.hold(request.environ, stop=self._cloud.stop)
        if fault.effect == "reset":
            effects.reset(request.environ)
        if fault.effect == "delay":
            effects.delay(fault.seconds)
        if fault.effect == "error":
            if not mishaps.through_operation(fault, call):
                raise mishaps.http_error(fault)
            return replace(call, failure=mishaps.operation_error(fault, call))
        return call

    def _carried_out(self, call: Call) -> dict[str, Any]:
        handler = HANDLERS[call.method.id]
        permissions.check(self._cloud, call)
        if call.method.id in UNLOCKED:
            return handler(self._cloud, call)
        with self._cloud.lock:
            return operations.replayed(self._cloud, call) or handler(self._cloud, call)


def _flat(call: Call) -> dict[str, Any]:
    """What a fault's `match` is compared with."""
    scalars = {name: one for name, one in call.body.items() if not isinstance(one, (dict, list))}
    return {**scalars, **call.query, **call.path}
