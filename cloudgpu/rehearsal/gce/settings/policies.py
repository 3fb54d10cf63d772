"""Organisation policies as data: constraint -> true, or the list that it allows."""

from __future__ import annotations

from collections.abc import Mapping

from cloudgpu.rehearsal import reading
from cloudgpu.rehearsal.gce.catalogue import regions, zones

EXTERNAL_ADDRESS = "compute.vmExternalIpAccess"
SHIELDED = "compute.requireShieldedVm"
TRUSTED_IMAGES = "compute.trustedImageProjects"
OS_LOGIN = "compute.requireOsLogin"
LOCATIONS = "gcp.resourceLocations"
NO_DEFAULT_NETWORK = "compute.skipDefaultNetworkCreation"
NO_SERIAL_PORT = "compute.disableSerialPortAccess"
NO_GUEST_ATTRIBUTES = "compute.disableGuestAttributesAccess"
_SWITCHES = (SHIELDED, OS_LOGIN, NO_DEFAULT_NETWORK, NO_SERIAL_PORT, NO_GUEST_ATTRIBUTES)
_LISTS = (EXTERNAL_ADDRESS, TRUSTED_IMAGES, LOCATIONS)
_MULTI_REGIONS = ("asia", "eu", "us")
Policies = Mapping[str, bool | tuple[str, ...]]


def policies(value: object) -> Policies:
    """A list constraint takes the list of what is allowed, or true for nothing at all; false is the constraint not
    enforced. ValueError for an unknown one."""
    wanted = reading.mapping("policies", value, frozenset((*_SWITCHES, *_LISTS)))
    found: dict[str, bool | tuple[str, ...]] = {}
    for name, one in wanted.items():
        if name == LOCATIONS and not isinstance(one, bool):
            found[name] = reading.among(name, one, (*regions(), *zones(), *_MULTI_REGIONS))
        elif name in _LISTS and not isinstance(one, bool):
            found[name] = reading.texts(name, one)
        elif reading.flag(name, one):
            found[name] = () if name in _LISTS else True
    return found


def allowed(policies: Policies, constraint: str) -> tuple[str, ...] | None:
    """What a list constraint allows; None where it is not enforced."""
    found = policies.get(constraint)
    return found if isinstance(found, tuple) else None
