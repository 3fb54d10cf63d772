"""The vCPU limits of an account: each instance type draws on one of them, another one as spot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bucket:
    """`code` is the quota's in Service Quotas, None where it is not known which one holds. `types` are the wildcards
    of the instance types that count."""

    name: str
    code: str | None
    types: tuple[str, ...]

    def ask_for(self, vcpus: int, region: str) -> str:
        """The command that asks AWS for a limit of so many vCPUs."""
        if self.code is None:
            return f"https://{region}.console.aws.amazon.com/servicequotas/home/services/ec2/quotas"
        return (
            "aws service-quotas request-service-quota-increase --service-code ec2"
            f" --quota-code {self.code} --desired-value {vcpus} --region {region}"
        )


_G = ("g*", "vt*")
_BUCKETS: dict[tuple[str, bool], Bucket] = {
    ("g", False): Bucket("Running On-Demand G and VT instances", "L-DB2E81BA", _G),
    ("g", True): Bucket("All G and VT Spot Instance Requests", "L-3819A6DF", _G),
    ("p", False): Bucket("Running On-Demand P instances", "L-417A185B", ("p*",)),
    ("p", True): Bucket("All P4, P3 and P2 Spot Instance Requests", "L-7212CCBC", ("p4*", "p3*", "p2*")),
    ("p5", True): Bucket("All P5 Spot Instance Requests", "L-C4BD4855", ("p5*",)),
    ("p6", True): Bucket("P6 Spot Instance Requests", None, ("p6*",)),
}


def bucket_of(instance_type: str, spot: bool) -> Bucket:
    """The limit that this type draws on."""
    family = "p" if instance_type.startswith("p") else "g"
    return _BUCKETS.get((instance_type[:2], spot)) or _BUCKETS[family, spot]
