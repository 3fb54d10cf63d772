"""What AWS's refusals mean: one table, read top to bottom, from code and words to kind, reach and error."""

from __future__ import annotations

from cloudgpu.providers.aws.refusals.account import ACCOUNT
from cloudgpu.providers.aws.refusals.credentials import CREDENTIALS
from cloudgpu.providers.aws.refusals.request import REQUEST
from cloudgpu.providers.aws.refusals.rule import Refusal, Rule, reading
from cloudgpu.providers.aws.refusals.stock import STOCK
from cloudgpu.providers.aws.refusals.trouble import TROUBLE

__all__ = ["OTHERWISE", "RULES", "Refusal", "Rule", "rule_for"]

RULES = (*ACCOUNT, *CREDENTIALS, *STOCK, *REQUEST, *TROUBLE)
OTHERWISE = Rule("unknown")


def rule_for(refusal: Refusal) -> Rule:
    """The first line of the table that fits."""
    told = reading(refusal)
    return next((rule for rule in RULES if rule.fits(told)), OTHERWISE)
