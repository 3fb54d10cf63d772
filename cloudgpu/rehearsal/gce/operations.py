"""Operations: PENDING, RUNNING, DONE over `Clock.operation_seconds`, each in a thread of its own."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from cloudgpu.rehearsal.gce.errors import OperationError, invalid, not_found
from cloudgpu.rehearsal.gce.links import link, new_id, now
from cloudgpu.rehearsal.gce.state import Call, Cloud, Operation, Resource

STARTS_AT = 0.15
_LONGEST_WAIT_SECONDS = 120.0
_log = logging.getLogger(__name__)
Step = Callable[[], OperationError | None]


@dataclass(frozen=True, slots=True)
class Work:
    """What an operation does. `steps`: (share of its time after which, what); `finish` is done at its end. Each of
    them may refuse, and leaves nothing to undo; `undo` is done instead of `finish` when a fault has decided that it
    fails. All are called without the lock; a step at `STARTS_AT` finds the operation RUNNING. It takes `seconds`, or
    what the clock says."""

    finish: Step
    undo: Callable[[], None] = lambda: None
    steps: tuple[tuple[float, Step], ...] = ()
    seconds: float | None = None


def replayed(cloud: Cloud, call: Call) -> Resource | None:
    """The operation that this very request began before, by its requestId. ApiError for an id that is no UUID."""
    if request_id := call.query.get("requestId"):
        try:
            zero = UUID(request_id).int == 0
        except ValueError:
            zero = True
        if zero:
            raise invalid("requestId", request_id, "Must be a valid UUID other than the zero UUID.")
        with cloud.lock:
            if known := cloud.requests.get(_key(call)):
                return dict(known.resource)
    return None


def _key(call: Call) -> tuple[str, ...]:
    return (call.method.id, *call.path.values(), str(call.query["requestId"]))


def begin(
    cloud: Cloud, call: Call, kind: str, target: tuple[str, str], work: Work, after: Operation | None = None
) -> Operation:
    """Record the operation and let it run, when `after` is at its end. `target`: (path, id)."""
    scope = _scope(call.path)
    operation = Operation(_resource(call.project, scope, kind, target))
    with cloud.lock:
        cloud.operations[(call.project, scope, operation.resource["name"])] = operation
        if call.query.get("requestId"):
            cloud.requests[_key(call)] = operation
    name = f"gce-{operation.resource['name']}"
    threading.Thread(target=_run, args=(cloud, operation, work, call.failure, after), name=name, daemon=True).start()
    return operation


def _scope(path: Mapping[str, str]) -> str:
    return next((f"{kind}s/{path[kind]}" for kind in ("zone", "region") if kind in path), "global")


def _resource(project: str, scope: str, kind: str, target: tuple[str, str]) -> Resource:
    unique = f"{secrets.token_hex(7)[:13]}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    name = f"operation-{int(time.time() * 1000)}-{unique}"
    place = scope.partition("/")[0]
    located = {} if place == "global" else {place.removesuffix("s"): link(f"projects/{project}/{scope}")}
    return {
        "kind": "compute#operation",
        "id": new_id(),
        "name": name,
        **located,
        "operationType": kind,
        "targetLink": link(target[0]),
        "targetId": target[1],
        "status": "PENDING",
        "user": f"rehearsal@{project}.iam.gserviceaccount.com",
        "progress": 0,
        "insertTime": now(),
        "selfLink": link(f"projects/{project}/{scope}/operations/{name}"),
    }


def _run(
    cloud: Cloud, operation: Operation, work: Work, failure: OperationError | None, after: Operation | None
) -> None:
    """Ends where it stands, without having done its work, when the whole cloud is closed."""
    try:
        if after is not None:
            after.done.wait()
        error = _work(cloud, operation, work, failure)
    except _Closed:
        return
    except Exception as unforeseen:  # noqa: BLE001  whoever waits for this operation has to hear of its end
        _log.exception("operation %s", operation.resource["name"])
        error = OperationError("INTERNAL_ERROR", f"Internal error. Please try again. ({unforeseen})", 500)
        work.undo()
    finally:
        if cloud.stop.is_set():
            operation.done.set()
    with cloud.lock:
        ended = {"status": "DONE", "progress": 100, "endTime": now(), **(error.fields() if error else {})}
        operation.resource = {**operation.resource, **ended}
    operation.done.set()


def _work(cloud: Cloud, operation: Operation, work: Work, failure: OperationError | None) -> OperationError | None:
    steps: list[tuple[float, Step]] = [(STARTS_AT, lambda: _started(cloud, operation)), *work.steps]
    steps.append((1.0, lambda: None))
    passed, seconds = 0.0, cloud.world.clock.operation_seconds if work.seconds is None else work.seconds
    for share, step in sorted(steps, key=lambda one: one[0]):
        if cloud.stop.wait((share - passed) * seconds):
            raise _Closed
        passed = share
        if (refused := step()) is not None:
            return refused
    if failure is None:
        return work.finish()
    work.undo()
    return failure


class _Closed(Exception):
    """The cloud was closed while the operation ran."""


def _started(cloud: Cloud, operation: Operation) -> None:
    with cloud.lock:
        operation.resource = {**operation.resource, "status": "RUNNING", "startTime": now()}


def get(cloud: Cloud, call: Call) -> Resource:
    return dict(find(cloud, call).resource)


def wait(cloud: Cloud, call: Call) -> Resource:
    """Held until the operation is done, two minutes at most; called without the lock."""
    operation = find(cloud, call)
    operation.done.wait(_LONGEST_WAIT_SECONDS)
    return dict(operation.resource)


def find(cloud: Cloud, call: Call) -> Operation:
    """By name or numeric id. ApiError 404."""
    scope, name = _scope(call.path), call.path["operation"]
    with cloud.lock:
        found = cloud.operations.get((call.project, scope, name))
        if found is None and name.isdigit():
            here = (one for key, one in cloud.operations.items() if key[:2] == (call.project, scope))
            found = next((one for one in here if one.resource["id"] == name), None)
    if found is None:
        raise not_found(f"projects/{call.project}/{scope}/operations/{name}")
    return found


def listed(cloud: Cloud, call: Call) -> list[Resource]:
    scope = _scope(call.path)
    with cloud.lock:
        return [
            dict(operation.resource)
            for (project, place, _), operation in cloud.operations.items()
            if (project, place) == (call.project, scope)
        ]
