"""Refusals in the format of Google's newer APIs: a status, no list of reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudgpu.rehearsal.gce.errors import ApiError

SERVICE = "cloudquotas.googleapis.com"
_HTTP = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
}


def refused(status: str, message: str, *details: Mapping[str, Any]) -> ApiError:
    """`status`: Google's canonical word for the kind of refusal."""
    error = ApiError(_HTTP[status], "", message, details=details)
    error.body["status"] = status
    return error


def body(error: ApiError) -> dict[str, Any]:
    """The answer's `error`, without what only Compute Engine tells."""
    return {name: one for name, one in error.body.items() if name != "errors"}


def malformed(violations: Sequence[tuple[str, str]]) -> ApiError:
    """(field, description) of everything that does not fit the messages."""
    detail = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [
            {"field": name, "description": text} if name else {"description": text} for name, text in violations
        ],
    }
    return refused("INVALID_ARGUMENT", "\n".join(text for _, text in violations), detail)


def switched_off(number: str) -> ApiError:
    """The API is not enabled in the project of this number."""
    url = f"https://console.developers.google.com/apis/api/{SERVICE}/overview?project={number}"
    return refused(
        "PERMISSION_DENIED",
        f"Cloud Quotas API has not been used in project {number} before or it is disabled. Enable it by visiting {url} "
        "then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems "
        "and retry.",
        _info("SERVICE_DISABLED", f"projects/{number}"),
    )


def no_project(project: str) -> ApiError:
    message = f"Permission denied on resource project {project}."
    return refused("PERMISSION_DENIED", message, _info("CONSUMER_INVALID", f"projects/{project}"))


def forbidden(permission: str, path: Mapping[str, str]) -> ApiError:
    resource = f"projects/{path['project']}/locations/{path['location']}"
    return refused(
        "PERMISSION_DENIED",
        f"Permission '{permission}' denied on resource '//{SERVICE}/{resource}' (or it may not exist).",
        _info("IAM_PERMISSION_DENIED", f"projects/{path['project']}")
        | {
            "domain": "cloudquotas.googleapis.com",
            "metadata": {"permission": permission, "resource": resource},
        },
    )


def no_limit(quota_id: str, service: str) -> ApiError:
    return refused(
        "NOT_FOUND",
        f"com.google.apps.framework.request.NotFoundException: Limit '{quota_id}' does not exist or is not visible in "
        f"the service '{service}'.",
    )


def _info(reason: str, consumer: str) -> dict[str, Any]:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE, "consumer": consumer},
    }
