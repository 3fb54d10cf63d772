"""From what Google said to what went wrong and what to do about it: the table of `refusals`, filled in. No SDK here."""

from __future__ import annotations

import re
from collections import defaultdict

from cloudgpu.errors import CapacityError, CloudgpuError, QuotaError
from cloudgpu.providers.gcp.refusals import OTHERWISE, RULES, Refusal

_FACTS = {
    "zone": r"zones/([a-z0-9-]+)|the ([a-z]+-[a-z0-9]+-[a-z0-9]+) zone|zone \"([a-z0-9-]+)\"",
    "region": r"in region ([a-z0-9-]+)|regions/([a-z0-9-]+)",
    "metric": r"[Qq]uota(?: limit)? '([\w-]+)'|resource \"(\w+)\"|quota limits: ([\w./]+)",
    "limit": r"[Ll]imit: ([\d.]+\d)",
    "permission": r"Required '([\w.]+)' permission|(does not have access to service account '[^']+')",
    "constraint": r"([Cc]onstraints?/[\w.]+)",
    "service": r"apis/api/([\w.]+)/",
    "owner": r"in project (\d+) before",
    "elsewhere": r"your request in the ([\w, -]+) zone\(s\)",
}


def explain(refusal: Refusal, project: str, zone: str = "") -> CloudgpuError:
    """The error for a refusal in this project (and zone, where the request was for one)."""
    facts = _facts(refusal, project, zone)
    rule = next((rule for rule in RULES if rule.fits(refusal)), OTHERWISE)
    brief, remedy = rule.brief.format_map(facts), rule.remedy.format_map(facts)
    code = refusal.codes[0] if refusal.codes else ""
    if rule.kind is QuotaError:
        region = None if facts["metric"].endswith("_ALL_REGIONS") or "globally" in refusal.message else facts["region"]
        return QuotaError(brief, remedy=remedy, code=code, details=refusal.message, region=region or None)
    if issubclass(rule.kind, CapacityError):
        elsewhere = tuple(re.findall(r"[\w-]+", facts["elsewhere"]))
        return rule.kind(brief, remedy=remedy, code=code, details=refusal.message, elsewhere=elsewhere)
    return rule.kind(brief, remedy=remedy, code=code, details=refusal.message)


def _facts(refusal: Refusal, project: str, zone: str) -> dict[str, str]:
    """What the templates name, from the refusal itself before the request that it answers."""
    facts = defaultdict(str, project=project, owner=project, service="compute.googleapis.com", zone=zone)
    for name, pattern in _FACTS.items():
        if found := re.search(pattern, refusal.message):
            facts[name] = next(group for group in found.groups() if group)
    facts.update({"elsewhere": refusal.metadata["zonesAvailable"]} if refusal.metadata.get("zonesAvailable") else {})
    facts["zone"] = facts["zone"] or "The zone"
    facts["region"] = facts["region"] or refusal.metadata.get("region", "") or zone.rpartition("-")[0]
    facts["metric"] = facts["metric"] or "of this kind"
    facts["limit"] = f"is {float(facts['limit']):g} and " if facts["limit"] else ""
    facts["permission"] = facts["permission"] or "the permission is missing"
    facts["constraint"] = facts["constraint"] or "see its own words"
    security = ".firewalls." in refusal.message
    acts_as = "service account" in refusal.message
    facts["role"] = (
        "iam.serviceAccountUser" if acts_as else "compute.securityAdmin" if security else "compute.instanceAdmin.v1"
    )
    return facts
