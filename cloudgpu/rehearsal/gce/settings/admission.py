"""Who is let in at all: a project that exists, has the API enabled and is billed."""

from __future__ import annotations

from cloudgpu.rehearsal.gce.errors import ApiError, not_found
from cloudgpu.rehearsal.gce.links import stable_id
from cloudgpu.rehearsal.gce.settings.projects import Project

_API = "compute.googleapis.com"


def project_number(project: str) -> str:
    return stable_id(f"projects/{project}")[:12]


def admit(project: str, known: Project | None) -> None:
    """ApiError for a project that is unknown, has the API switched off or is not billed."""
    if known is None:
        raise not_found(f"projects/{project}")
    if not known.compute_api:
        raise _switched_off(project_number(project))
    if not known.billing:
        raise _unbilled(project_number(project))


def _switched_off(number: str) -> ApiError:
    url = f"https://console.developers.google.com/apis/api/{_API}/overview?project={number}"
    return ApiError(
        403,
        "accessNotConfigured",
        f"Compute Engine API has not been used in project {number} before or it is disabled. Enable it by visiting "
        f"{url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our "
        "systems and retry.",
        domain="usageLimits",
        more={"extendedHelp": "https://console.developers.google.com"},
        details=[_error_info("SERVICE_DISABLED", number)],
    )


def _unbilled(number: str) -> ApiError:
    return ApiError(
        403,
        "forbidden",
        f"This API method requires billing to be enabled. Please enable billing on project #{number} by visiting "
        f"https://console.developers.google.com/billing/enable?project={number} then retry. If you enabled billing for "
        "this project recently, wait a few minutes for the action to propagate to our systems and retry.",
        details=[_error_info("BILLING_DISABLED", number)],
    )


def _error_info(reason: str, number: str) -> dict[str, object]:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": _API, "consumer": f"projects/{number}"},
    }
