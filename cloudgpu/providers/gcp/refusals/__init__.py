"""What Google's refusals mean: one table, read top to bottom, from code and words to kind, reach and error."""

from __future__ import annotations

from cloudgpu.providers.gcp.refusals.account import ACCOUNT
from cloudgpu.providers.gcp.refusals.request import EXISTS, NOT_READY, REQUEST
from cloudgpu.providers.gcp.refusals.rule import Refusal, Rule, reading
from cloudgpu.providers.gcp.refusals.stock import STOCK

__all__ = ["EXISTS", "NOT_READY", "OTHERWISE", "RULES", "Refusal", "Rule", "rule_for"]

RULES = (*ACCOUNT, *STOCK, *REQUEST)
OTHERWISE = Rule("unknown")


def rule_for(refusal: Refusal) -> Rule:
    """The first line of the table that fits."""
    told = reading(refusal)
    return next((rule for rule in RULES if rule.fits(told)), OTHERWISE)
