"""The embedded Cloud Quotas API: every request is checked, then answered under the cloud's lock."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request

from cloudgpu.rehearsal import effects
from cloudgpu.rehearsal.faults import Fault
from cloudgpu.rehearsal.gce import mishaps, tokens
from cloudgpu.rehearsal.gce.cloudquotas import errors, infos, preferences, strict
from cloudgpu.rehearsal.gce.cloudquotas.discovery import QuotasMethod, match
from cloudgpu.rehearsal.gce.errors import ApiError
from cloudgpu.rehearsal.gce.settings import project_number
from cloudgpu.rehearsal.gce.state import Cloud

ROOT = "/v1/"
Json = dict[str, Any]
_log = logging.getLogger(__name__)
_READ, _WRITE = "cloudquotas.quotas.get", "cloudquotas.quotas.update"


@dataclass(frozen=True, slots=True)
class QuotasCall:
    """One request, checked: `project` by its id, whether the path had that or its number."""

    method: QuotasMethod
    project: str
    path: dict[str, str]
    query: Json
    body: Json

    @property
    def flat(self) -> Json:
        """What a fault's `match` is compared with."""
        scalars = {name: one for name, one in self.body.items() if not isinstance(one, (dict, list))}
        return {**scalars, **self.query, **self.path}


def answer(cloud: Cloud, request: Request, body: bytes) -> tuple[int, Json]:
    """Status and answer of one request, whatever goes wrong with it."""
    fault, status = None, 200
    try:
        call = _checked(cloud, request, body)
        fault = cloud.world.faults.take("gcp", call.method.id, call.flat)
        if fault:
            _befall(fault, cloud, request)
        content = _carried_out(cloud, call)
    except ApiError as refusal:
        status, content = refusal.http_status, {"error": errors.body(refusal)}
    except ConnectionError:
        raise
    except Exception:  # noqa: BLE001  a bug of ours is answered the way the real one answers its own
        _log.exception("%s %s", request.method, request.path)
        status, content = 500, {"error": {"code": 500, "message": "Internal error encountered.", "status": "INTERNAL"}}
    if fault is not None and fault.effect == "lost_response":
        effects.reset(request.environ)
    return status, content


def _befall(fault: Fault, cloud: Cloud, request: Request) -> None:
    """What the fault does before, or instead of, the deed."""
    if fault.effect == "timeout":
        effects.hold(request.environ, stop=cloud.stop)
    if fault.effect == "reset":
        effects.reset(request.environ)
    if fault.effect == "delay":
        effects.delay(fault.seconds)
    if fault.effect == "error":
        raise mishaps.http_error(fault)


def _checked(cloud: Cloud, request: Request, body: bytes) -> QuotasCall:
    """ApiError for a request that this API does not know, or from a project that it does not serve."""
    found = match(request.method, request.path)
    if found is None:
        raise errors.refused("NOT_FOUND", "Method not found.")
    method, path = found
    tokens.check_bearer(request.headers.get("Authorization", ""), method.id)
    query = strict.check_query(method, dict(request.args.lists()))
    content = strict.check_body(method, body)
    return QuotasCall(method, _admitted(cloud, path, method), path, query, content)


def _carried_out(cloud: Cloud, call: QuotasCall) -> Json:
    handlers: dict[str, Callable[[], Json]] = {
        "services.quotaInfos.get": lambda: infos.get(cloud, call.project, call.path),
        "services.quotaInfos.list": lambda: infos.listed(cloud, call.project, call.path, call.query),
        "quotaPreferences.get": lambda: preferences.get(cloud, call.project, call.path),
        "quotaPreferences.list": lambda: preferences.listed(cloud, call.project, call.query),
        "quotaPreferences.create": lambda: preferences.create(cloud, call.project, call.query, call.body),
        "quotaPreferences.patch": lambda: preferences.patch(cloud, call.project, call.path, call.query, call.body),
    }
    with cloud.lock:
        return handlers[call.method.id.removeprefix("cloudquotas.projects.locations.")]()


def _admitted(cloud: Cloud, path: dict[str, str], method: QuotasMethod) -> str:
    given = path["project"]
    with cloud.lock:
        project = next((id for id in cloud.settings.projects if given in (id, project_number(id))), None)
        known = cloud.settings.projects[project] if project else None
    if project is None or known is None:
        raise errors.no_project(given)
    if not known.cloudquotas_api:
        raise errors.switched_off(project_number(project))
    if path["location"] != "global":
        raise errors.refused("INVALID_ARGUMENT", f"The location must be global, not '{path['location']}'.")
    needed = _READ if method.verb == "GET" else _WRITE
    if needed in known.denied:
        raise errors.forbidden(needed, path)
    return project
