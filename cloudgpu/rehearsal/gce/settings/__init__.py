"""What can be turned while the embedded Compute Engine runs: quotas, projects, capacity, images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cloudgpu.rehearsal import reading
from cloudgpu.rehearsal.credentials import PROJECT
from cloudgpu.rehearsal.gce.cloudquotas.automaton import Automaton
from cloudgpu.rehearsal.gce.public_images import families
from cloudgpu.rehearsal.gce.settings import admission
from cloudgpu.rehearsal.gce.settings.admission import project_number
from cloudgpu.rehearsal.gce.settings.capacity import Capacity, capacity
from cloudgpu.rehearsal.gce.settings.limits import DEFAULTS, HIDDEN, PROJECT_WIDE, REGIONAL, Limit, limits
from cloudgpu.rehearsal.gce.settings.projects import Project, project

__all__ = ["DEFAULTS", "HIDDEN", "PROJECT_WIDE", "REGIONAL", "Project", "Settings", "project_number"]
_KNOWN = frozenset({"quotas", "projects", "capacity", "images", "quota_requests"})


@dataclass(slots=True)
class Settings:
    """`quotas`: metric -> limit for all regions, or region -> limit; what is not there has its default. `retired`:
    families of public images that are gone. `requests`: what becomes of requests for more quota. `version` counts the
    changes."""

    quotas: dict[str, Limit] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=lambda: {PROJECT: Project()})
    capacity: Capacity = field(default_factory=Capacity)
    retired: frozenset[str] = frozenset()
    requests: Automaton = field(default_factory=Automaton)
    version: int = 0

    def change(self, wanted: Mapping[str, object]) -> dict[str, object]:
        """What is named is changed, all is returned. ValueError for anything unknown, and then nothing is changed.

        quotas     {metric: limit | {region: limit} | null}; null is a limit that is not told
        projects   {id: {"compute_api", "billing", "cloudquotas_api", "default_network", "denied": [permission...],
                   "policies": {constraint: true | [allowed...]}} | null}; what is not named of a project is as in a
                   new one, null is no such project
        capacity   {"dry": [{"zone", "accelerator", "machine_type", "model", "times", "phantom_seconds"}...], "hint",
                   "reason", "details", "seconds"} | null; patterns with `*`
        images     {"retired": [family...]}
        quota_requests  as `Automaton.of` takes it
        """
        reading.mapping("Compute Engine", wanted, _KNOWN)
        quotas = reading.mapping("quotas", wanted.get("quotas", {}))
        changed_limits = {one: most for name, value in quotas.items() for one, most in limits(name, value).items()}
        projects = reading.mapping("projects", wanted.get("projects", {}))
        changed = {id: None if value is None else project(id, value) for id, value in projects.items()}
        stock = capacity(wanted["capacity"]) if "capacity" in wanted else self.capacity
        images = reading.mapping("images", wanted.get("images", {}), frozenset({"retired"}))
        retired = (
            reading.among("images.retired", images["retired"], families()) if "retired" in images else self.retired
        )
        requests = Automaton.of(wanted["quota_requests"]) if "quota_requests" in wanted else self.requests
        self.quotas.update(changed_limits)
        for id, one in changed.items():
            if one is None:
                self.projects.pop(id, None)
            else:
                self.projects[id] = one
        self.capacity, self.retired, self.requests = stock, frozenset(retired), requests
        self.version += 1
        return self._shown()

    def _shown(self) -> dict[str, object]:
        return {
            "quotas": {**DEFAULTS, **self.quotas},
            "projects": {id: one.shown() for id, one in self.projects.items()},
            "capacity": self.capacity.shown(),
            "images": {"retired": sorted(self.retired)},
            "quota_requests": self.requests.setting,
        }

    def limit(self, metric: str, region: str = "") -> float:
        """The limit in force; an unknown metric has none to give."""
        default = DEFAULTS.get(metric, 0.0)
        wanted = self.quotas.get(metric, default)
        one = wanted.get(region, default) if isinstance(wanted, dict) else wanted
        return default if one is None else float(one)

    def tells(self, metric: str) -> bool:
        """Whether anybody is told of the limit."""
        return self.quotas.get(metric, 0) is not None

    def grant(self, metric: str, region: str, limit: float, regions: Sequence[str]) -> None:
        """A new limit in one of these regions; where none is named, in all of them, or for the project."""
        one = {**{name: self.limit(metric, name) for name in regions}, region: limit}
        self.quotas[metric] = one if region else limit
        self.version += 1

    def admit(self, project: str) -> None:
        """ApiError unless the project exists, has the API enabled and is billed."""
        admission.admit(project, self.projects.get(project))
