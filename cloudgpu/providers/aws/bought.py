"""What this object bought, until EC2 shows that it runs: its list of instances lags behind its answers."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudgpu.model import Instance, InstanceRef, InstanceSpec, Offer, State
from cloudgpu.providers.aws import endings
from cloudgpu.providers.aws.instances import instance_of, look_up
from cloudgpu.providers.aws.session import Account

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

# EC2 shows a new instance to every query within seconds; until then it counts as pending.
_SHOWN_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class _Purchase:
    at: float
    offer: Offer
    instance: Instance

    def is_hidden(self, found: InstanceTypeDef | None) -> bool:
        """Whether EC2 does not show it yet: it shows nothing, or what an earlier attempt left."""
        shown = found is not None and (found["InstanceId"] == self.instance.ref.id or not _ended(found))
        return not shown and time.monotonic() - self.at < _SHOWN_WITHIN


class Bought:
    """Thread-safe."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._purchases: dict[tuple[str, str], _Purchase] = {}
        self._lock = threading.Lock()

    def keep(self, spec: InstanceSpec, instance: Instance) -> None:
        with self._lock:
            self._purchases[spec.launch_id, spec.offer.zone] = _Purchase(time.monotonic(), spec.offer, instance)

    def forget(self, launch_id: str) -> None:
        with self._lock:
            for key in [key for key in self._purchases if key[0] == launch_id]:
                del self._purchases[key]

    def find(self, ref: InstanceRef) -> Instance | None:
        """As `Provider.find`. Tells, as ProviderError and once, why AWS ended what was bought here before it ran: a
        refusal of its place that came late."""
        found = look_up(self._account, ref)
        with self._lock:
            mine = self._purchases.get((ref.launch_id, ref.zone))
            if mine and mine.is_hidden(found):
                return mine.instance
            if found and found["State"]["Name"] != "pending":
                self._purchases.pop((ref.launch_id, ref.zone), None)
        if found is None:
            return None
        if mine and _ended(found) and not endings.by_somebody(found):
            raise endings.why(found, mine.offer)
        instance = instance_of(found, ref.region)
        return None if instance.state is State.TERMINATED else instance


def _ended(found: InstanceTypeDef) -> bool:
    return found["State"]["Name"] in endings.ENDING
