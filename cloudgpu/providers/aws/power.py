"""Switching a machine off, so that only its disk is billed, and on again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cloudgpu.errors import CapacityError, NotFoundError, OutcomeUnknown, ProviderError, ThrottledError, UsageError
from cloudgpu.model import Instance, InstanceRef, State
from cloudgpu.providers.aws.endings import ENDING
from cloudgpu.providers.aws.errors import aws_errors
from cloudgpu.providers.aws.instances import instance_of, look_up
from cloudgpu.providers.aws.session import Account
from cloudgpu.retry import until

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

_WITHIN = 600.0


class Power:
    """For one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def stop(self, ref: InstanceRef) -> None:
        """As `protocols.CanStop`. What is on the machine's own NVMe disks is lost, as it is whenever it stops.
        UsageError for a spot machine, which AWS does not stop."""
        found = self._get(ref)
        if found.get("InstanceLifecycle") == "spot":
            raise UsageError(
                f"{ref.name} is a spot machine, and AWS does not stop those: it only ends them.",
                remedy=f"cloudgpu destroy {ref.name}  # or launch without --spot what shall be stopped",
            )
        self._until(ref, (State.STOPPED,), State.RUNNING, self._ask_to_stop)

    def start(self, ref: InstanceRef) -> Instance:
        """As `protocols.CanStop`."""
        return self._until(ref, (State.PENDING, State.RUNNING), State.STOPPED, self._ask_to_start)

    def _until(
        self, ref: InstanceRef, enough: tuple[State, ...], before: State, ask: Callable[[InstanceRef, str], None]
    ) -> Instance:
        """The instance in a state that is enough; asked for where it is in the one before, and waited for while it is
        on its way."""

        def seen() -> Instance | None:
            found = instance_of(self._get(ref), ref.region)
            if found.state in enough:
                return found
            if found.state is before and found.ref.id:
                ask(found.ref, found.ref.id)
            return None

        return until(
            seen,
            within=_WITHIN,
            otherwise=lambda: ProviderError(
                f"{ref.name} has been busy for {_WITHIN / 60:.0f} minutes.", remedy="cloudgpu ps --refresh"
            ),
        )

    def _ask_to_stop(self, ref: InstanceRef, instance_id: str) -> None:
        with aws_errors(ref.region):
            self._account.ec2(ref.region).stop_instances(InstanceIds=[instance_id])

    def _ask_to_start(self, ref: InstanceRef, instance_id: str) -> None:
        """A lost answer is asked for again by whoever looks next: starting what starts is success."""
        try:
            with aws_errors(ref.region):
                self._account.launcher(ref.region).start_instances(InstanceIds=[instance_id])
        except CapacityError as error:
            raise CapacityError(
                f"{ref.zone} has no room for {ref.name} just now, and a stopped machine cannot change its zone.",
                remedy=f"cloudgpu start {ref.name}  (later), or for one in another zone, without what is on its disk: "
                f"cloudgpu destroy {ref.name} and cloudgpu launch",
                code=error.code,
                details=error.details,
            ) from error
        except (OutcomeUnknown, ThrottledError):
            return
        except ProviderError as error:
            if error.code != "IncorrectInstanceState":
                raise

    def _get(self, ref: InstanceRef) -> InstanceTypeDef:
        """NotFoundError where it is gone, or going."""
        found = look_up(self._account, ref)
        if found is None or found["State"]["Name"] in ENDING:
            raise NotFoundError(
                f"{ref.name} is not in {ref.zone} any more.", remedy=f"cloudgpu destroy {ref.name}  # and launch again"
            )
        return found
