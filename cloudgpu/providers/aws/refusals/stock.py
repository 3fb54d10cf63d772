"""Refusals for want of something: addresses, machines, patience, limits. Another place or another moment may do."""

from __future__ import annotations

from cloudgpu.errors import CapacityError, QuotaError, Scope, ThrottledError, UnsupportedError
from cloudgpu.providers.aws.refusals.rule import Rule

ELSEWHERE = "Try another zone, GPU or time, or --spot: cloudgpu launch --region us-west-2"
_OUT = "{type} is out of stock in {where}."
_NOT_SOLD = "{where} does not sell {type}."
_ALL_LIMITS = "https://{region}.console.aws.amazon.com/servicequotas/home"

STOCK = (
    Rule(
        "network",
        CapacityError,
        "InsufficientFreeAddressesInSubnet InsufficientCidrBlocks",
        r"(sufficient|enough|no|any) (more )?(free|available) (private )?(ip ?)?(v[46] )?address"
        r"|not enough ip space|subnet.{0,60}(is full|exhausted|out of (ip )?addresses)",
        "The subnet in {where} has no free address.",
        ELSEWHERE,
        Scope.ZONE,
    ),
    Rule(
        "invalid",
        UnsupportedError,
        "InvalidInstanceType InvalidInstanceType.NotFound",
        r"invalid value '[^']{0,60}' for instancetype|instance types do not exist|functionality you requested is not "
        r"available in this region|invalid instance type"
        r"|instance type.{0,60}(does not exist|not available in this region)",
        "{region} does not know {type}.",
        ELSEWHERE,
        Scope.REGION,
    ),
    Rule(
        "invalid",
        UnsupportedError,
        "Unsupported InvalidFleetConfiguration",
        r"not supported in your requested availability|requested configuration is (currently )?not supported"
        r"|instance type.{0,80}(not|n't) (supported|available|offered)|does not support the (requested )?instance type"
        r"|enhanced networking.{0,60}required for"
        r"|invalid availability zone|availabilityZone is invalid"
        r"|not supported for the instance type|instance configuration.{0,60}not supported",
        _NOT_SOLD,
        ELSEWHERE,
        Scope.OFFER,
    ),
    Rule(
        "stockout",
        CapacityError,
        "SpotMaxPriceTooLow price-too-low",
        r"spot (request |bid |instance |max )?price.{0,60}(lower|less|below|too low)|price-too-low"
        r"|minimum required spot",
        "Spot costs more than the limit in {where}.",
        "Leave out --spot, or take another zone: cloudgpu launch --region us-west-2",
        Scope.OFFER,
    ),
    Rule(
        "stockout",
        CapacityError,
        "ReservationCapacityExceeded InsufficientCapacityOnHost",
        r"reservation does not have sufficient|dedicated host.{0,60}insufficient|host with a matching configuration",
        "What the account has reserved has no room for {type} in {where}.",
        ELSEWHERE,
        Scope.OFFER,
        again=False,
    ),
    Rule(
        "stockout",
        CapacityError,
        "Server.SpotInstanceTermination Server.SpotInstanceShutdown instance-terminated-*",
        r"spot instance (termination|interruption)|instance-terminated-(no-capacity|by-price|capacity-oversubscribed)",
        "AWS took the spot machine back.",
        "cloudgpu launch  # without --spot it stays",
        Scope.OFFER,
    ),
    Rule(
        "stockout",
        CapacityError,
        "InsufficientVolumeCapacity InsufficientAddressCapacity",
        "",
        "{where} is out of disks or addresses.",
        ELSEWHERE,
        Scope.ZONE,
    ),
    Rule(
        "stockout",
        CapacityError,
        "InsufficientInstanceCapacity InsufficientHostCapacity InsufficientCapacity InsufficientCapacityError "
        "InsufficientReservedInstanceCapacity InsufficientReservedInstancesCapacity UnfulfillableCapacity "
        "capacity-not-available capacity-oversubscribed",
        r"insufficient (\S+ )?capacity|(sufficient|enough|available) (\S+ )?capacity|no (\w+ )?capacity\b"
        r"|capacity.{0,3}(is )?(currently |temporarily )?(not.{0,3}available|unavailable|exhausted)"
        r"|unable to fulfill capacity|(out|lack|want) of (\w+ )?capacity|capacity-oversubscribed",
        _OUT,
        ELSEWHERE,
        Scope.OFFER,
    ),
    Rule(
        "transient",
        CapacityError,
        "Server.InternalError",
        r"internal error on launch",
        "AWS could not start {type} in {where}.",
        ELSEWHERE,
        Scope.OFFER,
    ),
    Rule(
        "throttle",
        ThrottledError,
        "RequestLimitExceeded Throttling Throttled ThrottledException EC2Throttled RequestThrottled TooManyRequests "
        "BandwidthLimitExceeded SlowDown PriorRequestNotComplete 429",
        r"request limit exceeded|rate exceeded|throttl|too many requests|rate.?limit|request rate|reduce your request"
        r"|\bslow down",
        "AWS was asked too often.",
        "Wait a minute, then try again.",
    ),
    Rule(
        "quota",
        QuotaError,
        "VcpuLimitExceeded MaxSpotInstanceCountExceeded",
        r"vcpu (capacity|limit)|spot instance count exceeded|max spot",
        "The account's vCPU limit in {region}{limit} does not allow {type}.",
        "{quota}",
        Scope.REGION,
    ),
    Rule(
        "quota",
        QuotaError,
        "*LimitExceeded *QuotaExceeded MaxFleetCountExceeded LimitExceeded ServiceLimitExceeded",
        r"(limits?|quotas?|maximum (number|count))\b.{0,80}(exceed|reach)"
        r"|(exceed|reach)\w*\b.{0,80}\b(limits?|quotas?|maximum number)\b|quota allows for|current instance limit"
        r"|adjustment to this limit|limit increase",
        "A limit of the account in {region} is reached.",
        _ALL_LIMITS,
        Scope.REGION,
    ),
)
