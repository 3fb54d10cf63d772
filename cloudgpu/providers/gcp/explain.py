"""From what Google said to what went wrong and what to do about it: the table of `refusals`, filled in. No SDK here."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from cloudgpu.errors import (
    CapacityError,
    CloudgpuError,
    PolicyError,
    ProviderError,
    QuotaError,
    RefusalKind,
    Scope,
    UnsupportedError,
)
from cloudgpu.providers.gcp.limits import how_to_raise, is_global
from cloudgpu.providers.gcp.policies import advice
from cloudgpu.providers.gcp.refusals import Refusal, rule_for
from cloudgpu.providers.gcp.roles import role_for

_FACTS = {
    "zone": r"zones/([a-z0-9-]+)|the ([a-z]+-[a-z0-9]+-[a-z0-9]+) zone|zone \"([a-z0-9-]+)\"",
    "region": r"in region ([a-z0-9-]+)|regions/([a-z0-9-]+)",
    "metric": r"quota(?: limit)? '([\w-]+)'|resource \"(\w+)\"|quota limits: ([\w./]+)|quota metric '([^']+)'",
    "limit": r"limit: ([\d.]*\d)",
    "permission": r"Required '([\w., -]+)' permission|Permission '?([\w.]*\.\w+)'? (?:denied|is required)"
    r"|(does not have access to service account '?[^' ]+)",
    "service": r"apis/api/([\w.]+)/",
    "owner": r"in project (\d+) before",
    "elsewhere": r"your request in the ([\w, -]+) zone\(s\)",
    "machine": r"\bAn? ([a-z]\w+-[\w-]+) VM instance\b",
    "gpu": r"VM instance with (\d+ [\w-]+) accelerator",
    "network": r"\bnetworks/([\w-]+)|Network '([\w-]+)' was not found|network (?:named )?\"([\w-]+)\"",
    "instance": r"instances/([\w-]+)",
}
_SOON = ("stockout", "throttle", "transient", "eventual")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refusal is. `scope`: how far it reaches. `elsewhere`: a zone or region outside of that is worth trying.
    `again`: the same is worth asking again later."""

    kind: RefusalKind
    scope: Scope
    elsewhere: bool
    again: bool


def judge(refusal: Refusal) -> Verdict:
    """What the table says about a refusal."""
    rule = rule_for(refusal)
    scope = rule.scope
    if rule.kind == "quota" and not is_global(_facts(refusal, "", "")["metric"], refusal.message):
        scope = Scope.REGION
    permanent = issubclass(rule.error, UnsupportedError)
    return Verdict(rule.kind, scope, scope is not Scope.ACCOUNT, rule.kind in _SOON and not permanent)


def explain(refusal: Refusal, project: str, zone: str = "") -> CloudgpuError:
    """The error for a refusal in this project (and zone, where the request was for one)."""
    facts = _facts(refusal, project, zone)
    rule = rule_for(refusal)
    brief, remedy = rule.brief.format_map(facts), rule.remedy.format_map(facts)
    code = refusal.codes[0] if refusal.codes else ""
    if rule.error is QuotaError:
        region = None if is_global(facts["metric"], refusal.message) else facts["region"]
        return QuotaError(brief, remedy=remedy, code=code, details=refusal.message, region=region or None)
    if rule.error is PolicyError:
        brief, remedy = advice(refusal.message, facts)
        return PolicyError(brief, remedy=remedy, code=code, details=refusal.message, scope=rule.scope)
    if issubclass(rule.error, CapacityError):
        elsewhere = tuple(re.findall(r"[\w-]+", facts["elsewhere"]))
        return rule.error(
            brief, remedy=remedy, code=code, details=refusal.message, elsewhere=elsewhere, scope=rule.scope
        )
    error = rule.error(brief, remedy=remedy, code=code, details=refusal.message)
    if isinstance(error, ProviderError):
        error.scope = rule.scope
    return error


def _facts(refusal: Refusal, project: str, zone: str) -> dict[str, str]:
    """What the templates name, from the refusal itself before the request that it answers."""
    told = refusal.metadata
    facts = defaultdict(str, project=project, zone=zone)
    for name, pattern in _FACTS.items():
        if found := re.search(pattern, refusal.message, re.IGNORECASE if name in ("metric", "limit") else 0):
            facts[name] = next(group for group in found.groups() if group)
    facts["elsewhere"] = told.get("zonesAvailable") or facts["elsewhere"]
    facts["in_zone"] = facts["zone"]
    facts["zone"] = facts["zone"] or "The zone"
    place = facts["region"] or told.get("region", "") or zone.rpartition("-")[0]
    facts["region"] = place
    facts["service"] = facts["service"] or told.get("service", "") or "compute.googleapis.com"
    facts["owner"] = facts["owner"] or told.get("consumer", "").rpartition("/")[2] or project
    facts["network"] = facts["network"] or "default"
    facts["permission"] = facts["permission"] or told.get("permission", "") or "the permission is missing"
    facts["role"] = role_for(f"{facts['permission']} {refusal.message}")
    facts["of_what"] = _machine(facts, told)
    facts["instance"] = facts["instance"] or "INSTANCE"
    facts.update(_limit(facts, told, project))
    return facts


def _machine(facts: Mapping[str, str], told: Mapping[str, str]) -> str:
    """`: n1-standard-4 with 1 nvidia-tesla-t4`, as far as Google said it."""
    kind, gpu = told.get("vmType", "") or facts["machine"], facts["gpu"]
    if not gpu and (attached := told.get("attachment", "")):
        model, _, count = attached.partition(":")
        gpu = f"{count or 1} {model}"
    return ": " + " with ".join(part for part in (kind, gpu) if part) if kind or gpu else ""


def _limit(facts: Mapping[str, str], told: Mapping[str, str], project: str) -> dict[str, str]:
    """The quota in question, by its own name, and how to have more of it."""
    family, limit = told.get("gpu_family", ""), facts["limit"] or told.get("limit", "")
    metric = facts["metric"] or told.get("metricName", "").rpartition("/")[2].upper()
    named = f"{metric} ({family})" if family else metric or "of this kind"
    everywhere = is_global(metric, "")
    return {
        "metric": named,
        "place": f" in {facts['region']}" if facts["region"] and not everywhere else "",
        "limit": f"is {float(limit):g} and " if limit else "",
        "more": how_to_raise(metric, family, limit, facts["region"], project),
    }
