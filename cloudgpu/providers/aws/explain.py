"""From what AWS said to what went wrong and what to do about it: the table of `refusals`, filled in. No SDK here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cloudgpu.errors import CapacityError, PolicyError, ProviderError, QuotaError, RefusalKind, Scope, UnsupportedError
from cloudgpu.model import Offer
from cloudgpu.providers.aws import clock
from cloudgpu.providers.aws.buckets import bucket_of
from cloudgpu.providers.aws.refusals import Refusal, rule_for

_FACTS = {
    "type": r"sufficient ([a-z][\w-]*\.[\w-]+) capacity|instance type \(([\w.-]+)\)|'([\w.-]+)' (?:for|instance type)",
    "zone": r"\(([a-z]{2}(?:-[a-z]+)+-\d[a-z])\)",
    "region": r"arn:aws[\w-]*:\w+:([a-z]{2}(?:-[a-z]+)+-\d):|\bregion ([a-z]{2}(?:-[a-z]+)+-\d)\b",
    "action": r"perform:? ([a-z0-9-]+:\w+)",
    "resource": r"on resource:? (arn:\S+)",
    "limit": r"limit of (\d+)",
    "instance": r"\b(i-[0-9a-f]{8,17})\b",
}
_ZONE = r"[a-z]{2}(?:-[a-z]+)+-\d[a-z]\b"
_SOON = ("stockout", "throttle", "transient", "eventual")
_NOWHERE = "us-east-1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refusal is. `scope`: how far it reaches. `elsewhere`: a zone or region outside of that is worth trying.
    `again`: the same is worth asking again later."""

    kind: RefusalKind
    scope: Scope
    elsewhere: bool
    again: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the request was for, as far as that is known."""

    region: str = ""
    offer: Offer | None = None
    profile: str = ""


def judge(refusal: Refusal) -> Verdict:
    """What the table says about a refusal."""
    rule = rule_for(refusal)
    passing = rule.kind in _SOON and not issubclass(rule.error, UnsupportedError)
    again = passing if rule.again is None else rule.again
    return Verdict(rule.kind, rule.scope, rule.scope is not Scope.ACCOUNT, again)


def explain(refusal: Refusal, asked: Asked) -> ProviderError:
    """The error for a refusal, with AWS's own code and words."""
    rule, facts = rule_for(refusal), _facts(refusal, asked)
    brief, remedy = rule.brief.format_map(facts), rule.remedy.format_map(facts)
    code, details = facts["code"], refusal.message
    if issubclass(rule.error, QuotaError):
        return rule.error(brief, remedy=remedy, code=code, details=details, region=facts["region"])
    if issubclass(rule.error, CapacityError):
        named = zones_named(details)
        return rule.error(brief, remedy=remedy, code=code, details=details, elsewhere=named, scope=rule.scope)
    if issubclass(rule.error, PolicyError):
        return rule.error(brief, remedy=remedy, code=code, details=details, scope=rule.scope)
    error = rule.error(brief, remedy=remedy, code=code, details=details)
    error.scope = rule.scope
    return error


def zones_named(words: str) -> tuple[str, ...]:
    """The zones that AWS names where it has what it refuses here (`... or choosing us-east-1b, us-east-1d.`)."""
    return tuple(re.findall(_ZONE, words.partition("choosing ")[2]))


def _facts(refusal: Refusal, asked: Asked) -> dict[str, str]:
    """What the templates name: what was asked for, before what AWS says it was."""
    told = {name: _first(pattern, refusal.message) for name, pattern in _FACTS.items()}
    offer = asked.offer
    zone = offer.zone if offer else told["zone"]
    region = (offer.region if offer else asked.region) or told["region"] or zone[:-1] or _NOWHERE
    return {
        "code": refusal.codes[0] if refusal.codes else "",
        "type": offer.instance_type if offer else told["type"] or "the instance type",
        "where": zone or region,
        "region": region,
        "zone": zone or "ZONE",
        "action": told["action"] or "do this",
        "on": f" on {told['resource'].rstrip('.,;')}" if told["resource"] else "",
        "instance": told["instance"] or "ID",
        "limit": f" ({told['limit']})" if told["limit"] else "",
        "quota": _more(int(told["limit"] or 0), region, asked),
        "profile": f" --profile {asked.profile}" if asked.profile else "",
        "clock": clock.told(refusal.message),
    }


def _first(pattern: str, words: str) -> str:
    found = re.search(pattern, words)
    return next((group for group in found.groups() if group), "") if found else ""


def _more(limit: int, region: str, asked: Asked) -> str:
    """The command that asks for a vCPU limit that allows the offer as well."""
    offer = asked.offer
    bucket = bucket_of(offer.instance_type if offer else "g4dn", bool(offer and offer.spot))
    return bucket.ask_for(limit + (offer.vcpus if offer else 8), region, offer, asked.profile or None)
