"""Cut botocore's model of EC2 down to what the AWS adapter calls and reads.

    python tools/trim_ec2_model.py

botocore looks for models in the folders it is given before its own (`Loader.search_paths`), and the whole one is four
megabytes of JSON, read at every start. What is kept: the operations below, every shape that can be reached from them,
and of an instance what is looked at, which is a fifth. Descriptions are dropped. A botocore with a newer version of
the EC2 API finds its own model, and goes on with that.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore

API = Path("ec2") / "2016-11-15" / "service-2.json"
TARGET = Path(__file__).resolve().parents[1] / "cloudgpu" / "providers" / "aws" / "model" / API
OPERATIONS = (
    "AuthorizeSecurityGroupIngress",
    "CreateDefaultSubnet",
    "CreateDefaultVpc",
    "CreateSecurityGroup",
    "DeleteSecurityGroup",
    "DeleteVolume",
    "DescribeAddresses",
    "DescribeAvailabilityZones",
    "DescribeImages",
    "DescribeInstanceTypeOfferings",
    "DescribeInstanceTypes",
    "DescribeInstances",
    "DescribeLaunchTemplates",
    "DescribeNetworkInterfaces",
    "DescribeRegions",
    "DescribeRouteTables",
    "DescribeSecurityGroups",
    "DescribeSnapshots",
    "DescribeSpotInstanceRequests",
    "DescribeSpotPriceHistory",
    "DescribeSubnets",
    "DescribeTags",
    "DescribeVolumes",
    "DescribeVpcs",
    "GetConsoleOutput",
    "RevokeSecurityGroupIngress",
    "RunInstances",
    "StartInstances",
    "StopInstances",
    "TerminateInstances",
)
INSTANCE = (
    "CpuOptions",
    "InstanceId",
    "InstanceLifecycle",
    "InstanceType",
    "LaunchTime",
    "Placement",
    "PublicIpAddress",
    "State",
    "StateReason",
    "Tags",
)


def whole() -> dict[str, Any]:
    """The model of the installed botocore."""
    with gzip.open(Path(botocore.__file__).parent / "data" / f"{API}.gz") as file:
        document: dict[str, Any] = json.load(file)
    return document


def trimmed(document: dict[str, Any]) -> dict[str, Any]:
    """What is kept of it. KeyError for an operation that it does not have."""
    operations = {name: document["operations"][name] for name in OPERATIONS}
    shapes = dict(document["shapes"])
    members = shapes["Instance"]["members"]
    shapes["Instance"] = {**shapes["Instance"], "members": {name: members[name] for name in INSTANCE}}
    needed: set[str] = set()
    waiting = list(_mentioned(operations))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += _mentioned(shapes[name])
    kept: dict[str, Any] = _undocumented(
        {
            "version": document["version"],
            "metadata": document["metadata"],
            "operations": operations,
            "shapes": {name: shapes[name] for name in sorted(needed)},
        }
    )
    return kept


def _mentioned(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _mentioned(value)
    elif isinstance(part, list):
        for value in part:
            yield from _mentioned(value)


def _undocumented(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            key: _undocumented(value)
            for key, value in part.items()
            if not (key in ("documentation", "documentationUrl") and isinstance(value, str))
        }
    return [_undocumented(value) for value in part] if isinstance(part, list) else part


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(trimmed(whole()), separators=(",", ":"), sort_keys=True) + "\n")
