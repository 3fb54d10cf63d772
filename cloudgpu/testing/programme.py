"""What a cloud in memory was told to do wrong, and when."""

from __future__ import annotations

from dataclasses import dataclass, field

from cloudgpu.errors import CapacityError, ProviderError, UnsupportedError


@dataclass(slots=True)
class _Fault:
    error: BaseException
    times: int


def _spend(fault: _Fault | None) -> BaseException | None:
    """The error while there are times left; a negative number of times never runs out."""
    if fault is None or not fault.times:
        return None
    fault.times -= 1
    return fault.error


@dataclass(slots=True)
class Programme:
    """Refusals go by zone and hit `create`; failures go by the name of a method and hit it before it does a thing."""

    _refusals: dict[str, _Fault] = field(default_factory=dict)
    _failures: dict[str, _Fault] = field(default_factory=dict)

    def sell_out(self, *zones: str) -> None:
        """CapacityError there, in a real cloud's words, until `restock`."""
        for zone in zones:
            self.refuse(
                zone,
                CapacityError(
                    f"{zone} is out of stock.",
                    remedy="Try another zone, or later.",
                    code="ZONE_RESOURCE_POOL_EXHAUSTED",
                    details=f"The zone '{zone}' does not have enough resources available to fulfill the request.",
                ),
            )

    def unsupport(self, *zones: str) -> None:
        """UnsupportedError there, until `restock`."""
        for zone in zones:
            self.refuse(
                zone,
                UnsupportedError(
                    f"{zone} does not have this machine type.",
                    remedy="Try another zone.",
                    code="Unsupported",
                    details=f"Your requested instance type is not supported in your requested zone ({zone}).",
                ),
            )

    def refuse(self, zone: str, error: ProviderError, *, times: int = -1) -> None:
        """`create` there raises this; a negative number of times: until `restock`."""
        self._refusals[zone] = _Fault(error, times)

    def restock(self, *zones: str) -> None:
        """These zones sell again; all of them where none is named."""
        for zone in zones or tuple(self._refusals):
            self._refusals.pop(zone, None)

    def fail(self, operation: str, error: BaseException, *, times: int = 1) -> None:
        """The next call of the provider's method of that name raises this (KeyboardInterrupt, too)."""
        self._failures[operation] = _Fault(error, times)

    def refusal(self, zone: str) -> BaseException | None:
        return _spend(self._refusals.get(zone))

    def failure(self, operation: str) -> BaseException | None:
        return _spend(self._failures.get(operation))
