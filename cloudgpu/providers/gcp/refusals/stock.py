"""Refusals for want of something: addresses, stock, patience, quota. Another place or another moment may do."""

from __future__ import annotations

from cloudgpu.errors import CapacityError, QuotaError, Scope, ThrottledError, UnsupportedError
from cloudgpu.providers.gcp.refusals.rule import Rule

ELSEWHERE = (
    "Try another --zone or --region, another --gpu, or later: https://cloud.google.com/compute/docs/resource-error"
)
_OUT = "{zone} is out of stock{of_what}."
_TOO_OFTEN = "Google was asked too often."
_WAIT = "Try again in a minute."
_PER_TIME = r"(per ?(user )?(minute|second|hour|day|100 ?s)|requests|queries)"
_SHORT = "The quota {metric} of project {project}{place} {limit}does not allow this."
_MORE = "{more}"

STOCK = (
    Rule(
        "network",
        CapacityError,
        "IP_SPACE_EXHAUSTED IP_SPACE_EXHAUSTED_WITH_DETAILS",
        r"IP space of|IP_SPACE_EXHAUSTED|insufficient free IP|(available|free) (private )?IP space"
        r"|(free|available) IP addresses? (left|remain)"
        r"|IP range \S+ is (full|exhausted)|no (more |free |available )+(internal )?IP address",
        "The network has no free address in {region}.",
        "Try another --region, or another --network.",
        scope=Scope.REGION,
    ),
    Rule(
        "stockout",
        UnsupportedError,
        "configuration_availability",
        "",
        "{zone} does not have this machine{of_what}.",
        ELSEWHERE,
        scope=Scope.OFFER,
    ),
    Rule(
        "stockout",
        CapacityError,
        "ZONE_RESOURCE_POOL_EXHAUSTED ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS REGION_RESOURCE_POOL_EXHAUSTED "
        "REGION_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS RESOURCE_POOL_EXHAUSTED ResourcePoolExhausted GPU_STOCKOUT "
        "GCE_STOCKOUT STOCKOUT insufficientCapacity OUT_OF_RESOURCES GCE_OUT_OF_RESOURCES resource_availability",
        r"(not|n't) (currently )?(have )?(enough|sufficient|available) (\w+ )?(resources|capacity|gpus)"
        r"|stockout|stocked out|out of stock|\bpreempt(ion|ed)\b|resource[ _]pool[ _]exhausted"
        r"|is (currently |temporarily )?unavailable in (the )?\S+ (zone|region)"
        r"|currently unavailable in|no (more |available |sufficient |free )*capacity"
        r"|lack of (\w+ )?(capacity|resources)"
        r"|insufficient (reserved |zonal |regional |available )*(capacity|resources)|out of (capacity|resources)\b"
        r"|resources are insufficient|no resources (are )?available|high demand"
        r"|capacity (is )?(currently )?(unavailable|not available|exhausted)|exceeds? (the )?available capacity",
        _OUT,
        ELSEWHERE,
        scope=Scope.ZONE,
    ),
    Rule(
        "quota",
        QuotaError,
        "",
        r"Quota '[\w-]+' exceeded\. *Limit"
        r"|Quota limit '(?![^']*Per(Minute|Second|Hour|Day|100))[^']*' has been exceeded"
        r"|exceed quota limits|insufficient (regional|global) quota"
        r"|limit '[\w-]+-per-project(-region|-zone)?'",
        _SHORT,
        _MORE,
    ),
    Rule(
        "quota",
        QuotaError,
        "",
        r"quota metric '[^']*(cpus|gpus|cores|chips|addresses|instances|disks|[_ ]gb\b)[^']*' and limit '(?![^']*"
        + _PER_TIME
        + ")",
        _SHORT,
        _MORE,
    ),
    Rule(
        "throttle",
        ThrottledError,
        "rateLimitExceeded userRateLimitExceeded RATE_LIMIT_EXCEEDED RESOURCE_OPERATION_RATE_EXCEEDED "
        "OPERATION_RATE_EXCEEDED dailyLimitExceeded concurrentLimitExceeded tooManyRequests",
        r"quota exceeded for quota (metric|group)|operation rate exceeded|rate.?limit|too many (\w+ )?requests"
        r"|too frequent operations|insufficient tokens for quota|requests? " + _PER_TIME + r"|rate of .{0,40}exceed"
        r"|\b(daily|hourly) limit|exceeded .{0,30}\brate\b|throttl|too many concurrent|concurrent operations",
        _TOO_OFTEN,
        _WAIT,
    ),
    Rule(
        "quota",
        QuotaError,
        "quotaExceeded QUOTA_EXCEEDED QUOTA_LIMIT_EXCEEDED RESOURCE_QUOTA_EXCEEDED limitExceeded",
        r"quota_exceeded|\bquotas?\b.{0,80}\b(exceed|reached|used up|insufficient|short|violat)|exceed\w*.{0,60}\bquota"
        r"|(insufficient|out of|not enough|no) (\S+ ){0,3}quota\b",
        _SHORT,
        _MORE,
    ),
    Rule(
        "stockout",
        CapacityError,
        "VM_MIN_COUNT_NOT_REACHED",
        r"minimum count of \d+ VMs? could not be created",
        _OUT,
        ELSEWHERE,
        scope=Scope.ZONE,
    ),
)
EXHAUSTED = Rule(
    "throttle",
    ThrottledError,
    "RESOURCE_EXHAUSTED 429",
    r"resource has been exhausted",
    _TOO_OFTEN,
    _WAIT,
)
