"""ClientToken: the same launch asked for twice is one launch. Scope is the zone where one is named, else the region."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.untyped import Instance, Reservation

_LONGEST = 64


@dataclass(frozen=True, slots=True)
class _Kept:
    fingerprint: str
    reservation_id: str
    instances: tuple[Instance, ...]


class Tokens:
    """What was launched under which token. A refused launch is not remembered: it does not use its token up."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], _Kept] = {}

    def find(self, region: str, zone: str, token: str, fields: Mapping[str, str]) -> str | None:
        """The id of the reservation that this token made here. Refused where it was used for something else, or where
        what it made is no more."""
        if len(token) > _LONGEST or not token.isascii():
            raise Refused(
                "InvalidParameterValue",
                f"Value ({token}) for parameter clientToken is invalid. It takes at most {_LONGEST} ASCII characters.",
            )
        kept = self._kept.get((region, zone, token))
        if kept is None:
            return None
        if kept.fingerprint != _fingerprint(fields):
            raise Refused(
                "IdempotentParameterMismatch",
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
            )
        if all(instance.state == "terminated" for instance in kept.instances):
            raise Refused(
                "IdempotentInstanceTerminated",
                "The client token you have provided is associated with a terminated instance."
                " Please use a different client token",
            )
        return kept.reservation_id

    def keep(self, region: str, zone: str, token: str, fields: Mapping[str, str], reservation: Reservation) -> None:
        kept = _Kept(_fingerprint(fields), reservation.id, tuple(reservation.instances))
        self._kept[(region, zone, token)] = kept


def _fingerprint(fields: Mapping[str, str]) -> str:
    relevant = sorted(item for item in fields.items() if item[0] not in ("ClientToken", "Action", "Version"))
    return hashlib.sha256(repr(relevant).encode()).hexdigest()
