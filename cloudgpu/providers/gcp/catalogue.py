"""Which zones have which GPU machines now, as Compute Engine tells this project; kept on disk for some hours."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from cloudgpu import cache
from cloudgpu.errors import AuthError, NoRouteError, PermissionError_, PolicyError, ProviderError
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.session import Session, endpoint
from cloudgpu.providers.gcp.stock import MachineType, Stock, from_tables, packed, unpacked

if TYPE_CHECKING:
    from google.cloud.compute_v1.types import compute

FRESH = timedelta(hours=6)
# a2, a3, a4, a4x, g2, g4 and what may come. N1, which has no GPUs of its own, is in every zone: it is not asked for
_FAMILIES = 'name eq "[ag][2-9][0-9]*x?-.*"'
_PAGE = 500
_LISTS = ("compute.acceleratorTypes.list", "compute.machineTypes.list")
_GONE = ("OBSOLETE", "DELETED")


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class Catalogue:
    """Thread-safe. Asks nothing before `stock`, and then not again for six hours, on this computer."""

    def __init__(self, session: Session, now: Callable[[], datetime] = _utc_now) -> None:
        self._session = session
        self._now = now
        self._known: Stock | None = None
        self._lock = threading.Lock()

    def stock(self) -> Stock:
        """What is to be had where. The dated table's where the lists cannot be read just now or are not for these
        credentials; an account that can do nothing at all raises as ever."""
        with self._lock:
            if self._known is None or not self._fresh(self._known):
                kept = unpacked(cache.load(self._name), self._whose)
                self._known = kept if kept and self._fresh(kept) else self._asked()
            return self._known

    def forget(self) -> None:
        """Ask again next time: a zone refused what it was said to have."""
        with self._lock:
            self._known = None
            cache.drop(self._name)

    @property
    def _name(self) -> str:
        return "gcp-" + re.sub(r"[^a-z0-9-]", "_", self._session.project.lower())

    @property
    def _whose(self) -> tuple[str, str]:
        """One cloud's answer is none of another's: a rehearsal has the same file names."""
        return endpoint() or "", self._session.project

    def _fresh(self, stock: Stock) -> bool:
        age = self._now() - (stock.seen_at or self._now())
        return timedelta() <= age < FRESH

    def _asked(self) -> Stock:
        try:
            accelerators, machines, zones = self._lists()
        except ProviderError as error:
            if isinstance(error, (AuthError, NoRouteError, PolicyError)) or _locked_out(error):
                raise
            return from_tables()
        stock = Stock(self._now(), accelerators, machines, zones)
        cache.save(self._name, packed(stock, self._whose))
        return stock

    def _lists(self) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, MachineType], frozenset[str]]:
        """Both at once: each takes a second or two."""
        cards = self._session.client(sdk.AcceleratorTypesClient)
        types = self._session.client(sdk.MachineTypesClient)
        with ThreadPoolExecutor(1) as pool:
            machines = pool.submit(self._session.pages, types.aggregated_list, filter=_FAMILIES, max_results=_PAGE)
            listed = self._session.pages(cards.aggregated_list, max_results=_PAGE)
            zones = frozenset(scope.partition("/")[2] for scope, _ in listed if scope.startswith("zones/"))
            return _where(listed), _machines(machines.result()), zones


def _locked_out(error: ProviderError) -> bool:
    """Is it more than the right to read these lists that is missing?"""
    said = f"{error.brief} {error.details}"
    return isinstance(error, PermissionError_) and not any(right in said for right in _LISTS)


def _where(listed: Iterable[tuple[str, compute.AcceleratorTypesScopedList]]) -> dict[str, tuple[str, ...]]:
    """Accelerator type -> its zones."""
    found: dict[str, set[str]] = {}
    for scope, part in listed:
        for card in part.accelerator_types:
            if card.deprecated.state not in _GONE:
                found.setdefault(card.name, set()).add(scope.partition("/")[2])
    return {name: tuple(sorted(zones)) for name, zones in found.items()}


def _machines(listed: Iterable[tuple[str, compute.MachineTypesScopedList]]) -> dict[str, MachineType]:
    """Those that have GPUs of their own."""
    zones: dict[str, set[str]] = {}
    shapes: dict[str, compute.MachineType] = {}
    for scope, part in listed:
        for one in part.machine_types:
            if one.accelerators and one.deprecated.state not in _GONE:
                zones.setdefault(one.name, set()).add(scope.partition("/")[2])
                shapes[one.name] = one
    return {name: _machine(one, zones[name]) for name, one in shapes.items()}


def _machine(one: compute.MachineType, zones: Iterable[str]) -> MachineType:
    gpus = one.accelerators[0]
    return MachineType(
        name=str(one.name),
        vcpus=int(one.guest_cpus),
        memory_gb=one.memory_mb / 1024,
        accelerator=str(gpus.guest_accelerator_type),
        count=int(gpus.guest_accelerator_count),
        arm=one.architecture == "ARM64",
        local_ssds=int(one.bundled_local_ssds.partition_count),
        zones=tuple(sorted(zones)),
    )
