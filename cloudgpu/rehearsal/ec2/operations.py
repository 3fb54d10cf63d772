"""Which EC2 actions are ours, which are moto's, and which are nobody's."""

from __future__ import annotations

from collections.abc import Callable

from cloudgpu.rehearsal.ec2 import (
    admission,
    console,
    groups,
    launch,
    lifecycle,
    listing,
    networks,
    ownimages,
    regions,
    snapshots,
    spotprices,
    spotrequests,
)
from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.errors import not_emulated
from cloudgpu.rehearsal.ec2.wire import Answer

OURS: dict[str, Callable[[Cloud, Call], Answer]] = {
    "RunInstances": launch.run_instances,
    "DescribeInstances": listing.describe,
    "StartInstances": lifecycle.start,
    "StopInstances": lifecycle.stop,
    "RebootInstances": lifecycle.reboot,
    "TerminateInstances": lifecycle.terminate,
    "DescribeRegions": regions.describe,
    "DescribeSpotPriceHistory": spotprices.describe,
    "DescribeSpotInstanceRequests": spotrequests.describe,
    "CancelSpotInstanceRequests": spotrequests.cancel,
    "CreateImage": ownimages.create,
    "DescribeSnapshots": snapshots.describe,
    "DeleteSnapshot": snapshots.delete,
    "GetConsoleOutput": console.get_output,
    "CreateDefaultVpc": networks.create_default_vpc,
    "CreateDefaultSubnet": networks.create_default_subnet,
    "CreateSubnet": networks.create_subnet,
    "CreateSecurityGroup": groups.create,
    "AuthorizeSecurityGroupIngress": groups.authorize,
    "AuthorizeSecurityGroupEgress": groups.authorize,
    "DeleteSecurityGroup": groups.delete,
}
# moto would make instances of these that are no guests, count against no quota and are never billed.
_NOBODYS = (
    "CreateFleet",
    "ModifyFleet",
    "RequestSpotInstances",
    "RequestSpotFleet",
    "ImportInstance",
    "RunScheduledInstances",
)


def perform(cloud: Cloud, call: Call) -> Answer:
    if call.action in _NOBODYS:
        raise not_emulated(call.action)
    admission.may_buy(cloud.settings, cloud.engine.instance_types, call.region, call.action, call.params)
    ours = OURS.get(call.action)
    return ours(cloud, call) if ours else cloud.engine.ask(call.request)
