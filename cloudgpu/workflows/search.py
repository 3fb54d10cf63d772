"""Asking for a machine, offer after offer, and keeping book of the answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cloudgpu.errors import (
    CapacityError,
    NoRouteError,
    OutcomeUnknown,
    ProviderError,
    QuotaError,
    Scope,
    ThrottledError,
    UnsupportedError,
)
from cloudgpu.events import Note, Say
from cloudgpu.model import Attempt, InstanceRef, InstanceSpec, Offer, Plan, Record, Refused
from cloudgpu.rules import attempts, choose, cost, duration, startup
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.running import running

_USER = "cloudgpu"
_SPARE = timedelta(minutes=15)  # a machine runs some minutes after it was asked for: its cloud counts from there
_NO_ANSWER = (OutcomeUnknown, NoRouteError, ThrottledError)  # the same request has to be made again


class Search:
    """One search: what is still to be asked, and what came of it so far."""

    def __init__(self, plan: Plan, record: Record, deps: Deps, say: Say) -> None:
        self._plan, self._record, self._deps, self._say = plan, record, deps, say
        self._cidr = deps.caller_cidr()
        self._worth_asking = attempts.unsettled_first(plan.offers, record)
        self._rounds, self._asked_at = 0, ""
        self._began = deps.now()
        self._last: ProviderError | None = None

    def round(self) -> Record | None:
        """Every place once, none twice. None: no capacity anywhere. Raises what no later round can mend."""
        self._rounds += 1
        self._asked_at = self._deps.now().strftime("%H:%M:%S UTC")
        rest, dry = list(self._worth_asking), False
        while rest:
            offer, *rest = rest
            try:
                return self._buy(offer, self._patience(1 + len(rest)))
            except ProviderError as refusal:
                if refusal.scope is Scope.ACCOUNT:
                    if not isinstance(refusal, _NO_ANSWER):
                        self._write_down(offer, refusal)
                    raise
                self._refused(offer, refusal)
                rest = choose.after(refusal, offer, rest)
                dry = dry or _passes(refusal)
        if not dry:
            raise self.nowhere()
        return None

    def _buy(self, offer: Offer, patience: timedelta | None) -> Record:
        queue = " by Flex-start, which has a queue" if offer.flex_start else ""
        self._say(f"{offer.instance_type} in {offer.zone}{queue}")
        ref = InstanceRef(self._plan.name, self._plan.launch_id, offer.region, offer.zone)
        if ref not in self._record.tried:
            self._save(tried=(*self._record.tried, ref))
        bought = self._deps.provider.create(self._spec(offer, patience))
        self._save(instance=replace(bought, hourly=offer.hourly or bought.hourly))
        try:
            instance = running(bought.ref, self._deps, self._say)
        except ProviderError as late:
            if late.scope is not Scope.ACCOUNT:
                self._deps.provider.destroy(bought.ref)  # a refusal that came after a yes
                self._save(instance=None)
            raise
        return self._save(instance=replace(instance, hourly=offer.hourly or instance.hourly))

    def _refused(self, offer: Offer, refusal: ProviderError) -> None:
        self._write_down(offer, refusal)
        self._last = refusal
        if self._rounds == 1:  # later ones would only say it again
            place = "" if offer.zone in refusal.brief else f"{offer.zone}: "
            words = f" {refusal.code}: {refusal.details}" if refusal.code else ""
            self._deps.emit(Note(f"{place}{refusal.brief}{words}"))
        if not _passes(refusal):
            left = choose.after(refusal, offer, self._worth_asking)
            self._worth_asking = [one for one in self._worth_asking if one in left and one != offer]
        if isinstance(refusal, CapacityError):
            self._deps.store.remember(
                Refused(
                    self._deps.origin, offer.zone, offer.instance_type, offer.spot,
                    permanent=isinstance(refusal, UnsupportedError), code=refusal.code, at=self._deps.now(),
                )
            )  # fmt: skip

    def _write_down(self, offer: Offer, refusal: ProviderError) -> None:
        attempt = Attempt(offer.zone, offer.instance_type, refusal.kind, refusal.code, refusal.details or str(refusal))
        self._save(attempts=attempts.with_(self._record.attempts, attempt))

    def _save(self, **changes: Any) -> Record:
        self._record = replace(self._record, **changes)
        self._deps.store.save(self._record)
        return self._record

    def pause(self, seconds: float) -> None:
        """Between two rounds: when was asked, and when it will be again; the last one is at the end of the patience."""
        seconds = max(0.1, min(seconds, self._left().total_seconds()))
        self._say(
            f"capacity: {len(self._worth_asking)} offers, round {self._rounds}, last asked at {self._asked_at}, "
            f"again in {duration.short(seconds)}"
        )
        self._deps.sleep(seconds)

    def give_up(self) -> Record:
        raise self.nowhere()

    def nowhere(self) -> ProviderError:
        """Why nothing was bought."""
        refused = [one for one in self._record.attempts if one.kind in ("capacity", "unsupported")]
        if isinstance(self._last, QuotaError) or self._last is None or not refused:
            return self._last or CapacityError("There was no offer to try.", remedy="cloudgpu offers")
        zones = ", ".join(dict.fromkeys(attempt.zone for attempt in refused))
        waited = f" in {self._rounds} rounds, last asked at {self._asked_at}" if self._rounds > 1 else ""
        return CapacityError(
            f"No capacity in any of the {len(refused)} places asked{waited}: {zones}.",
            remedy="cloudgpu launch --wait-for-capacity 2h, or more regions (--region), another GPU (--gpu), --spot.",
            code=self._last.code,
            details=self._last.details,
        )

    def _patience(self, places: int) -> timedelta | None:
        """How long the cloud itself may look in one of so many places: not at all in the first round, which finds out
        whether anyone has it now; then its share of what is left."""
        if self._plan.wait_for_capacity is None or self._rounds == 1:
            return None
        return max(self._left(), timedelta()) / places or None

    def _left(self) -> timedelta:
        return self._began + (self._plan.wait_for_capacity or timedelta()) - self._deps.now()

    def _switches_itself_off(self, expires_at: datetime | None, patience: timedelta | None) -> datetime | None:
        """Only as a spare where the cloud removes the machine: one that is off already it would keep, and its disk."""
        if expires_at is None or not self._deps.provider.traits.ends_machines:
            return expires_at
        return expires_at + _SPARE + (patience or timedelta())

    def _spec(self, offer: Offer, patience: timedelta | None) -> InstanceSpec:
        lifetime = cost.lifetime(self._plan.limits, offer)
        expires_at = self._deps.now() + lifetime if lifetime is not None else None
        return InstanceSpec(
            name=self._plan.name,
            launch_id=self._plan.launch_id,
            owner=self._deps.owner,
            offer=offer,
            disk_gb=self._plan.disk_gb,
            ssh_public_key=self._deps.ssh_public_key,
            user=_USER,
            caller_cidr=self._cidr,
            startup_script=startup.render(
                expires_at=self._switches_itself_off(expires_at, patience),
                user=_USER,
                image=self._plan.container.image,
            ),
            expires_at=expires_at,
            attempt=attempts.count(self._record.attempts, offer),
            image=self._plan.container.image,
            network=self._plan.network,
            max_hourly=self._plan.request.max_hourly,
            plain=self._plan.plain,
            patience=patience,
        )


def _passes(refusal: ProviderError) -> bool:
    """Whether the same place may say yes later."""
    return isinstance(refusal, CapacityError) and not isinstance(refusal, UnsupportedError)
