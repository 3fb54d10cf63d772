"""DescribeRegions as a new account sees it: the regions that are enabled from the start, the others only on request."""

from __future__ import annotations

from collections.abc import Mapping

from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.errors import Refused, not_emulated
from cloudgpu.rehearsal.ec2.wire import Answer

# The seventeen that need no opt-in; China and GovCloud are accounts of another kind.
ENABLED = frozenset(
    [
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    ]
)
_OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe", "eusc-")


def state(settings: Mapping[str, str], region: str) -> str:
    """What is set for a region: opted-in, not-opted-in or pending-verification; nothing for one enabled from the
    start."""
    return settings.get(region, "" if region in ENABLED else "not-opted-in")


def describe(cloud: Cloud, call: Call) -> Answer:
    if call.params.get("Filters"):
        raise not_emulated("DescribeRegions with filters")
    if call.params.get("DryRun"):
        raise Refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    known = [name for name in sorted(cloud.engine.regions()) if not name.startswith(_OTHER_PARTITIONS)]
    named = call.params.get("RegionNames") or []
    if unknown := [name for name in named if name not in known]:
        raise Refused("InvalidParameterValue", f"Invalid region provided: {unknown[0]}")
    states = {name: state(cloud.settings.regions, name) for name in known}
    shown = named or [name for name in known if states[name] != "not-opted-in" or call.params.get("AllRegions")]
    rows = [
        {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": _opt_in(name, states[name])}
        for name in shown
    ]
    return cloud.engine.tell(call.action, {"Regions": rows})


def _opt_in(name: str, state: str) -> str:
    if state == "not-opted-in":
        return state
    return "opt-in-not-required" if name in ENABLED else "opted-in"
