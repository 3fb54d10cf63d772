"""The vCPU quotas: codes and names of Service Quotas, and which instance types each one covers."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bucket:
    """`default`: what AWS gives a new account, in vCPUs."""

    code: str
    name: str
    usage_class: str
    types: str
    spot: bool
    default: float


_STANDARD = r"(a|c|d|h|i|im|is|m|r|t|z)\d"
BUCKETS = (
    Bucket("L-DB2E81BA", "Running On-Demand G and VT instances", "G/OnDemand", r"(g|gr|vt)\d", False, 0),
    Bucket("L-3819A6DF", "All G and VT Spot Instance Requests", "G/Spot", r"(g|gr|vt)\d", True, 0),
    Bucket("L-417A185B", "Running On-Demand P instances", "P/OnDemand", r"p\d", False, 0),
    Bucket("L-7212CCBC", "All P4, P3 and P2 Spot Instance Requests", "P/Spot", r"p[234]", True, 0),
    # Public sources disagree about spot P6; it is counted here.
    Bucket("L-C4BD4855", "All P5 Spot Instance Requests", "P5/Spot", r"p[56]", True, 0),
    Bucket(
        "L-1216C47A",
        "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
        "Standard/OnDemand",
        _STANDARD,
        False,
        5,
    ),
    Bucket(
        "L-34B43A08",
        "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests",
        "Standard/Spot",
        _STANDARD,
        True,
        5,
    ),
)
GENEROUS = {bucket.code: 64.0 if bucket.usage_class.startswith("G/") else 192.0 for bucket in BUCKETS}


def bucket_of(instance_type: str, *, spot: bool) -> Bucket | None:
    """The quota that an instance type draws on; None where none is counted."""
    return next((one for one in BUCKETS if one.spot is spot and re.match(one.types, instance_type)), None)
