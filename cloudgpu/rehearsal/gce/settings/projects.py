"""A project as data: what is switched on in it, who may do what, and what its organisation has laid down."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cloudgpu.rehearsal import reading
from cloudgpu.rehearsal.gce import permission_names
from cloudgpu.rehearsal.gce.settings.policies import NO_DEFAULT_NETWORK, Policies, policies

_KNOWN = frozenset({"compute_api", "billing", "cloudquotas_api", "default_network", "denied", "policies"})
_PERMISSION = re.compile(r"[a-z]+(\.[a-zA-Z]+)+")


@dataclass(frozen=True, slots=True)
class Project:
    """`compute_api`, `cloudquotas_api`: the API is enabled; `billing`: there is a billing account; `default_network`:
    it begins with one; `denied`: permissions that its user lacks; `policies`: what its organisation has laid down."""

    compute_api: bool = True
    billing: bool = True
    cloudquotas_api: bool = True
    default_network: bool = True
    denied: frozenset[str] = frozenset()
    policies: Policies = field(default_factory=dict)

    @property
    def begins_with_network(self) -> bool:
        return self.default_network and NO_DEFAULT_NETWORK not in self.policies

    def shown(self) -> dict[str, object]:
        return {
            "compute_api": self.compute_api,
            "billing": self.billing,
            "cloudquotas_api": self.cloudquotas_api,
            "default_network": self.default_network,
            "denied": sorted(self.denied),
            "policies": {name: list(one) if isinstance(one, tuple) else one for name, one in self.policies.items()},
        }


def project(id: str, value: object) -> Project:
    """ValueError for anything that is no setting of a project."""
    wanted = reading.mapping(f"project {id!r}", value, _KNOWN)
    switches = {name: reading.flag(name, wanted[name]) for name in wanted if name not in ("denied", "policies")}
    denied = reading.texts("denied", wanted.get("denied", []))
    for one in denied:
        if not _PERMISSION.fullmatch(one):
            raise ValueError(f"denied takes permissions such as 'compute.instances.create', not {one!r}")
        if one.startswith("compute.") and one not in permission_names.known():
            raise ValueError(f"denied: nothing here needs {one!r}")
    return Project(**switches, denied=frozenset(denied), policies=policies(wanted.get("policies", {})))
