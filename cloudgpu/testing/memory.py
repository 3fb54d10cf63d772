"""A whole cloud account in memory: behaves, forgets nothing that it bills, and goes wrong when told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from cloudgpu.errors import NetworkError, NotFoundError, OutcomeUnknown, QuotaError
from cloudgpu.model import (
    GpuRequest,
    Instance,
    InstanceRef,
    InstanceSpec,
    Network,
    Offer,
    Quota,
    QuotaAnswer,
    State,
    Traits,
)
from cloudgpu.rules.choose import short_of
from cloudgpu.testing import shelf
from cloudgpu.testing.bills import Bill
from cloudgpu.testing.programme import Programme
from cloudgpu.testing.samples import HOST_KEY, OFFERS

_QUOTA, _ASK = "GPUS_ALL_REGIONS", "Ask for more: https://cloud.example/quotas"
_BEGIN, _END = "-----BEGIN SSH HOST KEY KEYS-----", "-----END SSH HOST KEY KEYS-----"


@dataclass(slots=True)
class _Machine:
    instance: Instance
    pending: int


class MemoryCloud(Programme):
    """Implements `Provider`, `HasHostKeys`, `HasConsole`, `HasLeftovers`, `CanStop`, `CanRaiseQuota` and
    `HasNetworks`. Thread-safe.

    An instance is PENDING for `pending_finds` finds, then RUNNING at `host:ssh_port` with `keys` published.
    `gpu_limit` None: the cloud does not tell. `sticky` names kinds (`instance`, `disk`) that `destroy` fails to remove.
    `networks` are those of the account. `calls` lists the methods called, `specs` what was ordered, `bills` all that
    ever cost money, `billing` what still does.
    """

    def __init__(
        self,
        offers: Iterable[Offer] = OFFERS,
        *,
        name: str = "memory",
        traits: Traits | None = None,
        host: str = "127.0.0.1",
        ssh_port: int = 22,
        keys: Sequence[str] = (HOST_KEY,),
        pending_finds: int = 2,
        gpu_limit: int | None = 8,
        clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        super().__init__()
        self.name = name
        self.traits = traits or Traits()
        self.host, self.ssh_port, self.keys = host, ssh_port, tuple(keys)
        self.pending_finds, self.gpu_limit, self.clock = pending_finds, gpu_limit, clock
        self.sticky: set[str] = set()
        self.networks = {"default"}
        self.calls: list[str] = []
        self.specs: list[InstanceSpec] = []
        self.bills: list[Bill] = []
        self._shelf = tuple(replace(offer, provider=name) for offer in offers)
        self._machines: dict[tuple[str, str], _Machine] = {}
        self._lost_answers = 0
        self._lock = threading.RLock()

    def verify(self) -> str:
        self._called("verify")
        return "memory-account"

    def offers(self, request: GpuRequest) -> Sequence[Offer]:
        self._called("offers")
        return shelf.pick(self._shelf, request)

    def quotas(self, offer: Offer) -> Sequence[Quota]:
        self._called("quotas")
        return self._quotas(offer)

    def create(self, spec: InstanceSpec) -> Instance:
        self._called("create")
        key = (spec.launch_id, spec.offer.zone)
        with self._lock:
            self.specs.append(spec)
            if key not in self._machines:
                self._sell(spec)
            if self._lost_answers:
                self._lost_answers -= 1
                raise OutcomeUnknown(
                    "The cloud did not answer.", remedy="cloudgpu ps --refresh", details="connection reset by peer"
                )
            return self._machines[key].instance

    def find(self, ref: InstanceRef) -> Instance | None:
        self._called("find")
        with self._lock:
            machine = self._machines.get((ref.launch_id, ref.zone))
            if machine is None:
                return None
            if machine.instance.state is State.PENDING:
                machine.pending -= 1
                if machine.pending < 0:
                    machine.instance = replace(
                        machine.instance, state=State.RUNNING, host=self.host, ssh_port=self.ssh_port
                    )
            return machine.instance

    def instances(self) -> Sequence[Instance]:
        self._called("instances")
        with self._lock:
            return [machine.instance for machine in self._machines.values()]

    def destroy(self, ref: InstanceRef) -> None:
        self._called("destroy")
        self._remove((ref.launch_id, ref.zone))

    def host_keys(self, ref: InstanceRef) -> Sequence[str]:
        self._called("host_keys")
        return self._published_keys(ref)

    def console(self, ref: InstanceRef) -> str:
        self._called("console")
        keys = self._published_keys(ref)
        return "\n".join((_BEGIN, *keys, _END)) if keys else ""

    def leftovers(self, launch_id: str) -> Sequence[str]:
        self._called("leftovers")
        return [str(bill) for bill in self.billing if bill.launch_id == launch_id]

    def stop(self, ref: InstanceRef) -> None:
        self._called("stop")
        with self._lock:
            machine = self._there(ref)
            machine.instance = replace(machine.instance, state=State.STOPPED, host=None)

    def start(self, ref: InstanceRef, *, caller_cidr: str) -> Instance:
        self._called("start")
        with self._lock:
            machine = self._there(ref)
            if machine.instance.state is not State.RUNNING:
                if error := self.refusal(ref.zone):
                    raise error
                machine.instance = replace(machine.instance, state=State.PENDING)
                machine.pending = self.pending_finds
            return machine.instance

    def raise_quota(self, quota: Quota, wanted: float, *, contact: str) -> QuotaAnswer:
        self._called("raise_quota")
        self.gpu_limit = max(int(wanted), self.gpu_limit or 0)
        return QuotaAnswer(quota.name, quota.scope, wanted, "granted", self.gpu_limit, "As you wish.")

    def network(self, wanted: Network, offer: Offer) -> Network:
        self._called("network")
        name = wanted.name or "default"
        if name not in self.networks:
            raise NetworkError(f"There is no network {name}.", remedy="cloudgpu launch --network NAME")
        return replace(wanted, name=name)

    def make_network(self, offer: Offer) -> Network:
        self._called("make_network")
        self.networks.add("default")
        return Network("default")

    @property
    def billing(self) -> list[Bill]:
        """What costs money just now."""
        return [bill for bill in self.bills if bill.ended_at is None]

    def lose_answers(self, count: int = 1) -> None:
        """The next `create` calls do what they should and then raise OutcomeUnknown."""
        self._lost_answers = count

    def set_state(self, launch_id: str, state: State) -> None:
        """The launch's instances come to be in this state, as if the cloud or another computer had done it."""
        with self._lock:
            for (owner, _), machine in self._machines.items():
                if owner == launch_id:
                    machine.instance = replace(machine.instance, state=state)

    def vanish(self, launch_id: str) -> None:
        """The launch's instances are gone, with all that cost money, as if another computer had removed them."""
        for key in [key for key in self._machines if key[0] == launch_id]:
            self._remove(key)

    def _called(self, operation: str) -> None:
        self.calls.append(operation)
        if error := self.failure(operation):
            raise error

    def _there(self, ref: InstanceRef) -> _Machine:
        if (ref.launch_id, ref.zone) not in self._machines:
            raise NotFoundError(f"{ref.name} is gone.", remedy=f"cloudgpu destroy {ref.name}")
        return self._machines[ref.launch_id, ref.zone]

    def _quotas(self, offer: Offer) -> list[Quota]:
        used = sum(machine.instance.gpu.count for machine in self._machines.values())
        known = self.gpu_limit is not None
        used_or_unknown = used if known else None
        return [Quota(_QUOTA, "global", self.gpu_limit, used_or_unknown, offer.gpu.count, remedy=_ASK)]

    def _published_keys(self, ref: InstanceRef) -> tuple[str, ...]:
        machine = self._machines.get((ref.launch_id, ref.zone))
        return self.keys if machine and machine.instance.state is State.RUNNING else ()

    def _remove(self, key: tuple[str, str]) -> None:
        with self._lock:
            if "instance" not in self.sticky:
                self._machines.pop(key, None)
            for bill in self.billing:
                if (bill.launch_id, bill.zone) == key and bill.kind not in self.sticky:
                    bill.ended_at = self.clock()

    def _sell(self, spec: InstanceSpec) -> None:
        if error := self.refusal(spec.offer.zone):
            raise error
        if short := short_of(self._quotas(spec.offer)):
            raise QuotaError(
                f"{short[0].name} is {short[0].limit:g} and this needs {short[0].needed:g}.",
                remedy=short[0].remedy,
                code="QUOTA_EXCEEDED",
                details=f"Quota '{short[0].name}' exceeded. Limit: {short[0].limit:g} globally.",
            )
        now = self.clock()
        id = f"i-{len(self.bills):04d}-{spec.launch_id}"
        instance = Instance(
            ref=InstanceRef(spec.name, spec.launch_id, spec.offer.region, spec.offer.zone, id),
            provider=self.name,
            instance_type=spec.offer.instance_type,
            gpu=spec.offer.gpu,
            state=State.PENDING,
            created_at=now,
            spot=spec.offer.spot,
            user=spec.user,
            hourly=spec.offer.hourly,
            expires_at=spec.expires_at,
            owner=spec.owner,
        )
        self._machines[spec.launch_id, spec.offer.zone] = _Machine(instance, self.pending_finds)
        self.bills += [Bill(kind, spec.launch_id, spec.offer.zone, now) for kind in ("instance", "disk")]
