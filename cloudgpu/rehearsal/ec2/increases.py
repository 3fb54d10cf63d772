"""Requests for higher quotas: one open for each quota and region, decided by a setting."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.credentials import ACCOUNT
from cloudgpu.rehearsal.ec2.buckets import Bucket
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.quotas import limit_of
from cloudgpu.rehearsal.ec2.settings import Settings

Told = dict[str, object]
EC2 = {"ServiceCode": "ec2", "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)"}
STATUSES = ("PENDING", "CASE_OPENED", "APPROVED", "DENIED", "CASE_CLOSED", "NOT_APPROVED", "INVALID_REQUEST")
_OPEN = ("PENDING", "CASE_OPENED")


@dataclass(frozen=True, slots=True)
class _Filed:
    told: Mapping[str, object]
    region: str
    code: str
    status: str
    settled_at: float


@dataclass(slots=True)
class Increases:
    """Newest last."""

    settings: Settings
    clock: Clock
    _filed: list[_Filed] = field(default_factory=list)

    def file(self, region: str, bucket: Bucket, wanted: float, *, case_allowed: bool) -> Told:
        """What is decided holds at once, and is told a moment later. Refused for what is no increase, and where a
        request is open."""
        limit = limit_of(self.settings.quotas, region, bucket)
        _check(wanted, limit, bucket.default)
        if any(one["Status"] in _OPEN for one in self.listed(region, bucket.code)):
            raise Refused(
                "ResourceAlreadyExistsException", "Only one open service quota increase request is allowed per quota."
            )
        status, granted = self.settings.quota_requests.decide(wanted, limit, case_allowed=case_allowed)
        if granted != limit:
            self.settings.change({"quotas": {f"{region}/{bucket.code}": granted}})
        made = _made(region, bucket, wanted)
        self._filed.append(_Filed(made, region, bucket.code, status, time.monotonic() + self.clock.operation_seconds))
        return _shown(self._filed[-1])

    def listed(self, region: str, code: str = "") -> list[Told]:
        """Those of a region, of one quota or of all, newest first."""
        return [_shown(one) for one in reversed(self._filed) if one.region == region and code in ("", one.code)]


def _check(wanted: float, limit: float, default: float) -> None:
    words = "You must provide a quota value greater than the"
    if wanted <= limit:
        raise Refused("IllegalArgumentException", f"{words} current quota value")
    if wanted <= default:
        raise Refused("IllegalArgumentException", f"{words} default quota value of {float(default)}")


def arn(region: str, bucket: Bucket) -> str:
    return f"arn:aws:servicequotas:{region}:{ACCOUNT}:ec2/{bucket.code}"


def _made(region: str, bucket: Bucket, wanted: float) -> Told:
    now = time.time()
    return EC2 | {
        "Id": uuid.uuid4().hex + uuid.uuid4().hex[:8],
        "QuotaCode": bucket.code,
        "QuotaName": bucket.name,
        "QuotaArn": arn(region, bucket),
        "DesiredValue": wanted,
        "Created": now,
        "LastUpdated": now,
        "Requester": f'{{"accountId":"{ACCOUNT}","callerArn":"arn:aws:iam::{ACCOUNT}:user/rehearsal"}}',
        "GlobalQuota": False,
        "Unit": "None",
        "QuotaRequestedAtLevel": "ACCOUNT",
    }


def _shown(one: _Filed) -> Told:
    if time.monotonic() < one.settled_at:
        return {**one.told, "Status": "PENDING"}
    case = {"CaseId": f"17{int(str(one.told['Id'])[:12], 16):013d}"[:15]} if one.status.startswith("CASE_") else {}
    return {**one.told, **case, "Status": one.status}
