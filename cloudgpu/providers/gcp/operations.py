"""Asking until there is an answer, and waiting until an operation is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cloudgpu.errors import NoRouteError, OutcomeUnknown, ThrottledError
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.errors import operation_error
from cloudgpu.providers.gcp.session import Session
from cloudgpu.retry import until

T = TypeVar("T")
_ASKING, _WAITING = 90.0, 900.0


def insist(ask: Callable[[], T]) -> T:
    """The answer of `ask`, asked again while answers get lost: only for what does no harm when asked twice.

    OutcomeUnknown after a minute and a half without one.
    """
    lost: list[OutcomeUnknown] = []

    def probe() -> tuple[T] | None:
        try:
            return (ask(),)
        except OutcomeUnknown as error:
            lost.append(error)
        except NoRouteError:
            if not lost:
                raise
        return None

    return until(probe, within=_ASKING, every=0.3, at_most=5.0, otherwise=lambda: lost[-1])[0]


def finish(session: Session, operation: sdk.Operation, *, zone: str = "", longer: float = 0.0) -> None:
    """Wait until the operation is done, here or in the zone; raise what it ended with.

    OutcomeUnknown after a quarter of an hour and `longer`, in seconds.
    """
    within = _WAITING + longer

    def probe() -> sdk.Operation | None:
        if operation.status == sdk.Operation.Status.DONE:
            return operation
        where = {"zone": zone} if zone else {}
        client = session.client(sdk.ZoneOperationsClient if zone else sdk.GlobalOperationsClient)
        try:
            now = session.poll(client.wait, operation=operation.name, **where)
        except (OutcomeUnknown, NoRouteError, ThrottledError):
            return None  # the operation goes on without us
        return now if now.status == sdk.Operation.Status.DONE else None

    def too_slow() -> OutcomeUnknown:
        return OutcomeUnknown(
            f"Google has not finished after {within / 60:.0f} minutes: {operation.operation_type}.",
            remedy="cloudgpu ps --refresh",
            code=str(operation.name),
        )

    done = until(probe, within=within, every=0.1, otherwise=too_slow)
    if done.error.errors or done.http_error_status_code:
        raise operation_error(done, session.project, zone)
