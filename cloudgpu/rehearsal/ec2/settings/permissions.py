"""What the account's user may not do, as data, and how a refusal tells of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cloudgpu.rehearsal import reading

_KNOWN = frozenset({"denied", "encoded", "service_control_policy"})
_ACTION = re.compile(r"(ec2|ssm|sts|servicequotas|iam|pricing):[A-Z][A-Za-z0-9]+")
ALWAYS_ALLOWED = "sts:GetCallerIdentity"


@dataclass(frozen=True, slots=True)
class Permissions:
    """`denied`: actions such as `ec2:RunInstances`; `encoded`: EC2 says no more than that, and an encoded message that
    STS decodes; `service_control_policy`: it is the organisation that denies them."""

    denied: frozenset[str] = frozenset()
    encoded: bool = False
    service_control_policy: bool = False

    def shown(self) -> dict[str, object]:
        return {
            "denied": sorted(self.denied),
            "encoded": self.encoded,
            "service_control_policy": self.service_control_policy,
        }


def permissions(_: Permissions, value: object) -> Permissions:
    """What is named replaces all there was. ValueError for anything unknown."""
    wanted = reading.mapping("permissions", value, _KNOWN)
    denied = reading.texts("permissions.denied", wanted.get("denied", []))
    for one in denied:
        if not _ACTION.fullmatch(one):
            raise ValueError(f"permissions.denied takes actions such as 'ec2:RunInstances', not {one!r}")
        if one == ALWAYS_ALLOWED:
            raise ValueError(f"permissions.denied: no policy takes {one} from anybody")
    return Permissions(
        denied=frozenset(denied),
        encoded=reading.flag("permissions.encoded", wanted.get("encoded", False)),
        service_control_policy=reading.flag(
            "permissions.service_control_policy", wanted.get("service_control_policy", False)
        ),
    )
