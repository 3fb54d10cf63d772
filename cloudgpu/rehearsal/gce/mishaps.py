"""Faults of the kind `error`, in the formats in which Compute Engine tells of its own."""

from __future__ import annotations

import re

from cloudgpu.rehearsal.faults import Fault
from cloudgpu.rehearsal.gce.errors import ApiError, OperationError
from cloudgpu.rehearsal.gce.state import Call

_HTTP = {
    "authError": 401,
    "forbidden": 403,
    "quotaExceeded": 403,
    "rateLimitExceeded": 403,
    "accessNotConfigured": 403,
    "notFound": 404,
    "alreadyExists": 409,
    "conditionNotMet": 412,
    "invalid": 400,
    "badRequest": 400,
    "resourceNotReady": 400,
    "resourceInUseByAnotherResource": 400,
}
_OPERATION = (
    (r"(ZONE_|REGION_)?RESOURCE_POOL_EXHAUSTED.*|GPU_STOCKOUT", 503),
    (r"QUOTA_EXCEEDED|.*PERMISSION.*|.*RATE_EXCEEDED", 403),
    (r"RESOURCE_NOT_FOUND", 404),
    (r"RESOURCE_ALREADY_EXISTS", 409),
    (r"CONDITION_NOT_MET", 412),
    (r"INTERNAL_ERROR", 500),
)


def through_operation(fault: Fault, call: Call) -> bool:
    """Does the operation end with it? Else it is answered at once. Unless `surface` says: codes in capitals are what
    operations end with."""
    begins_one = call.method.response == "Operation" and "Operations." not in call.method.id
    if not begins_one or fault.surface == "http":
        return False
    return fault.surface == "operation" or bool(re.fullmatch(r"[A-Z][A-Z0-9_]+", fault.code))


def http_error(fault: Fault) -> ApiError:
    status = fault.http_status or _HTTP.get(fault.code, 503)
    return ApiError(status, fault.code or "backendError", fault.message or "Backend Error", details=fault.details)


def operation_error(fault: Fault, call: Call) -> OperationError:
    found = (status for pattern, status in _OPERATION if re.fullmatch(pattern, fault.code))
    status = fault.http_status or next(found, 400)
    return OperationError(fault.code, fault.message or _words(fault.code, call), status, tuple(fault.details))


def _words(code: str, call: Call) -> str:
    """What Compute Engine says with this code, where that is known."""
    zone = f"projects/{call.project}/zones/{call.path.get('zone', '')}"
    lacks = f"The zone '{zone}' does not have enough resources available to fulfill the request.  "
    return {
        "ZONE_RESOURCE_POOL_EXHAUSTED": f"{lacks}Try a different zone, or try again later.",
        "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS": f"{lacks}'(resource type:compute)'.",
    }.get(code, "Internal error.")
