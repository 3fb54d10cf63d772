"""What can be turned while the embedded Compute Engine runs: quotas and projects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudgpu.rehearsal.credentials import PROJECT
from cloudgpu.rehearsal.gce.errors import ApiError, not_found
from cloudgpu.rehearsal.gce.links import stable_id

PROJECT_WIDE: dict[str, float] = {"GPUS_ALL_REGIONS": 16, "CPUS_ALL_REGIONS": 500, "NETWORKS": 15, "FIREWALLS": 200}
REGIONAL: dict[str, float] = {
    "CPUS": 500,
    "PREEMPTIBLE_CPUS": 0,
    "INSTANCES": 1000,
    "IN_USE_ADDRESSES": 100,
    "STATIC_ADDRESSES": 100,
    "SSD_TOTAL_GB": 20_000,
    "DISKS_TOTAL_GB": 40_000,
    "HDB_TOTAL_GB": 20_000,
    **{f"NVIDIA_{model}_GPUS": 8 for model in ("T4", "P4", "P100", "V100", "L4", "A100", "A100_80GB")},
    **{f"PREEMPTIBLE_NVIDIA_{one}_GPUS": 8 for one in ("T4", "P4", "P100", "V100", "L4", "A100", "A100_80GB", "H100")},
}
# counts, but is not listed: regions.get knows nothing of the newer families' on-demand quota
HIDDEN = "GPUS_PER_GPU_FAMILY"
DEFAULTS: dict[str, float] = {**PROJECT_WIDE, **REGIONAL, HIDDEN: 8}
_API = "compute.googleapis.com"


@dataclass(slots=True)
class Project:
    """`compute_api`: the API is enabled; `billing`: there is a billing account."""

    compute_api: bool = True
    billing: bool = True


@dataclass(slots=True)
class Settings:
    """`quotas`: metric -> limit for all regions, or region -> limit; what is not there has its default."""

    quotas: dict[str, float | dict[str, float]] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=lambda: {PROJECT: Project()})

    def change(self, wanted: Mapping[str, object]) -> dict[str, object]:
        """`{"quotas": {metric: limit | {region: limit}}, "projects": {id: {"compute_api", "billing"} | null}}`; what
        is named is changed, all is returned. ValueError for anything unknown."""
        if unknown := sorted(set(wanted) - {"quotas", "projects"}):
            raise ValueError(f"unknown setting {unknown[0]!r}; known are quotas, projects")
        quotas, projects = _mapping(wanted, "quotas"), _mapping(wanted, "projects")
        limits = {metric: _limit(metric, value) for metric, value in quotas.items()}
        changed = {id: None if value is None else _project(id, value) for id, value in projects.items()}
        self.quotas.update(limits)
        for id, project in changed.items():
            if project is None:
                self.projects.pop(id, None)
            else:
                self.projects[id] = project
        shown = {id: {"compute_api": one.compute_api, "billing": one.billing} for id, one in self.projects.items()}
        return {"quotas": {**DEFAULTS, **self.quotas}, "projects": shown}

    def limit(self, metric: str, region: str = "") -> float:
        """The limit in force; an unknown metric has none to give."""
        default = DEFAULTS.get(metric, 0.0)
        wanted = self.quotas.get(metric, default)
        return float(wanted.get(region, default) if isinstance(wanted, dict) else wanted)

    def admit(self, project: str) -> None:
        """ApiError unless the project exists, has the API enabled and is billed."""
        known = self.projects.get(project)
        if known is None:
            raise not_found(f"projects/{project}")
        number = project_number(project)
        if not known.compute_api:
            raise _switched_off(number)
        if not known.billing:
            raise _unbilled(number)


def project_number(project: str) -> str:
    return stable_id(f"projects/{project}")[:12]


def _mapping(wanted: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = wanted.get(name, {})
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} takes an object, not {value!r}")
    return value


def _limit(metric: str, value: object) -> float | dict[str, float]:
    if metric not in DEFAULTS:
        raise ValueError(f"unknown quota {metric!r}")
    if isinstance(value, Mapping) and metric not in PROJECT_WIDE:
        return {str(region): _number(metric, limit) for region, limit in value.items()}
    return _number(metric, value)


def _number(metric: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ValueError(f"the limit of {metric} is a number from 0 on, not {value!r}")
    return float(value)


def _project(id: str, value: object) -> Project:
    if not isinstance(value, Mapping) or set(value) - {"compute_api", "billing"}:
        raise ValueError(f"project {id!r} takes compute_api and billing, or null, not {value!r}")
    if not all(isinstance(one, bool) for one in value.values()):
        raise ValueError(f"compute_api and billing of project {id!r} are true or false")
    return Project(**{str(name): bool(one) for name, one in value.items()})


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
