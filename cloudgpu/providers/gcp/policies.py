"""The policies of an organisation that can forbid a launch: what each means for it, and what to ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ALLOW = "let project {project} do so"
# constraint -> (what it means here, what to ask of who runs the organisation)
KNOWN: dict[str, tuple[str, str]] = {
    "compute.vmExternalIpAccess": (
        "machines may have no external address, and that is where cloudgpu reaches its own",
        "allow external addresses in project {project}",
    ),
    "compute.requireOsLogin": (
        "machines must use OS Login, and cloudgpu brings an SSH key of its own",
        "exempt project {project} from it",
    ),
    "compute.requireShieldedVm": (
        "machines must be Shielded VMs with Secure Boot, and this image or its settings are not",
        "exempt project {project} from it",
    ),
    "compute.trustedImageProjects": (
        "images may come only from projects that are on its list",
        "put projects/ubuntu-os-accelerator-images, projects/deeplearning-platform-release and "
        "projects/ubuntu-os-cloud on the list",
    ),
    "compute.skipDefaultNetworkCreation": (
        "new projects begin without a network",
        "name a network with cloudgpu launch --network NAME, or let project {project} have one",
    ),
    "gcp.resourceLocations": (
        "resources may not be made in {region}",
        "choose a place that is on its list with cloudgpu launch --region REGION",
    ),
    "compute.disableSerialPortAccess": (
        "a machine's console may not be read, where it says why it does not come up",
        _ALLOW,
    ),
    "compute.disableGuestAttributesAccess": (
        "guest attributes may not be read, where a machine tells its SSH host keys",
        _ALLOW,
    ),
    "gcp.restrictNonCmekServices": (
        "disks must be encrypted with a key of the organisation's own, and cloudgpu sets none",
        "exempt project {project} from it",
    ),
    "gcp.restrictServiceUsage": (
        "the API {service} may not be used in this project",
        "allow {service} in project {project}",
    ),
}
_NAME = re.compile(
    r"(?:custom)?constraints?/([\w.-]*\w)|(gcp\.resourceLocations)|constraint '?(\w+\.\w[\w.]*)", re.IGNORECASE
)
_DESCRIBE = "gcloud resource-manager org-policies describe {constraint} --project {project} --effective"
_CONSOLE = "https://console.cloud.google.com/iam-admin/orgpolicies?project={project}"
_PERIMETER = "https://console.cloud.google.com/security/service-perimeter?project={project}"


def constraint_in(words: str) -> str:
    """The constraint that a refusal names, without `constraints/`; empty where it names none."""
    found = _NAME.search(words)
    return next((group for group in found.groups() if group), "") if found else ""


def advice(words: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """What happened, and what to do next, for a refusal in which the organisation's policy has the word."""
    constraint = constraint_in(words)
    if not constraint and re.search(r"VPC.?Service.?Controls", words, re.IGNORECASE):
        where = _PERIMETER.format_map(facts)
        return "VPC Service Controls of the organisation forbid this.", f"Ask who runs the organisation: {where}"
    if not constraint:
        where = _CONSOLE.format_map(facts)
        return "A policy of the organisation forbids this.", f"Ask who runs the organisation: {where}"
    meaning, wish = _known(constraint)
    why = f": {meaning.format_map(facts)}" if meaning else ""
    brief = f"The organisation's policy {constraint} forbids this{why}."
    describe = _DESCRIBE.format_map({**facts, "constraint": constraint})
    asked = "" if wish.startswith(("choose", "name")) else "Ask who runs the organisation to "
    text = asked + wish.format_map(facts)
    return brief, f"{text[0].upper()}{text[1:]}. What it says: {describe}"


def _known(constraint: str) -> tuple[str, str]:
    name = constraint.replace(".managed.", ".")
    if "restrictNonCmek" in name:
        name = "gcp.restrictNonCmekServices"
    return KNOWN.get(name, ("", "exempt project {project} from it"))
