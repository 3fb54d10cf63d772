"""What Google asks of a quota preference before anybody decides on it."""

from __future__ import annotations

from typing import Any

from cloudgpu.rehearsal.gce import catalogue
from cloudgpu.rehearsal.gce.cloudquotas.errors import no_limit, refused
from cloudgpu.rehearsal.gce.cloudquotas.limits import SERVICE, Known, current, in_use, known
from cloudgpu.rehearsal.gce.settings.limits import FAMILIES
from cloudgpu.rehearsal.gce.state import Cloud

Json = dict[str, Any]
# by name, or by number as Google's own client sends them
_BELOW_USAGE, _TOO_FAST = {"QUOTA_DECREASE_BELOW_USAGE", "1"}, {"QUOTA_DECREASE_PERCENTAGE_TOO_HIGH", "2"}
_SAFE_DECREASE = 0.1


def quota_of(body: Json) -> Known:
    """The quota that the preference is for. ApiError for an unknown one, or for dimensions that it does not have."""
    found = known().get(body["quotaId"])
    if found is None or body["service"] != SERVICE:
        raise no_limit(body["quotaId"], body["service"])
    values = {"region": catalogue.regions(), "gpu_family": FAMILIES}
    for name, value in body.get("dimensions", {}).items():
        if name not in found.dimensions or value not in values[name]:
            raise refused("INVALID_ARGUMENT", f"Invalid dimension '{name}: {value}' of quota '{found.id}'.")
    return found


def check(cloud: Cloud, project: str, quota: Known, body: Json, query: Json) -> None:
    """ApiError for an increase without an address, and for a decrease that is not safe. Call with the lock held."""
    preferred, dimensions = int(body["quotaConfig"]["preferredValue"]), body.get("dimensions", {})
    if preferred < -1:
        raise refused("INVALID_ARGUMENT", "preferred_value must be greater than or equal to -1.")
    limit = current(cloud, quota, dimensions)
    if preferred > limit and not body.get("contactEmail"):
        raise refused("INVALID_ARGUMENT", "contact_email is required when requesting a quota increase.")
    ignored = {str(one) for one in query.get("ignoreSafetyChecks", ())}
    if preferred < limit * (1 - _SAFE_DECREASE) and not _TOO_FAST & ignored:
        percent = f"{_SAFE_DECREASE * 100:f}"
        raise _unsafe(quota, body, f"decreases current effective limit {limit} by more than {percent} percent.")
    used = in_use(cloud, project, quota, dimensions)
    if preferred < min(used, limit) and not _BELOW_USAGE & ignored:
        raise _unsafe(quota, body, f"is below current usage {used}.")


def _unsafe(quota: Known, body: Json, why: str) -> Exception:
    unit = "/".join(("1", "{project}", *(f"{{{name}}}" for name in quota.dimensions)))
    return refused(
        "FAILED_PRECONDITION",
        "com.google.apps.framework.request.StatusException: <eye3 title='FAILED_PRECONDITION'/> "
        f"generic::FAILED_PRECONDITION: The quota override for quota unit '{unit}' with dimensions "
        f"{body.get('dimensions', {})} on metric '{SERVICE}/{quota.metric.lower()}' decreases effective quota "
        f"unsafely. New effective limit {body['quotaConfig']['preferredValue']} {why}",
    )
