"""Why an instance ended that nobody ended: a refusal that came after the yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudgpu.errors import CapacityError, ProviderError
from cloudgpu.model import Offer
from cloudgpu.providers.aws.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

ENDING = ("shutting-down", "terminated")
_BY_SOMEBODY = ("Client.UserInitiatedShutdown", "Client.InstanceInitiatedShutdown", "")


def by_somebody(told: InstanceTypeDef) -> bool:
    """Whether it was ended from outside or from inside, and not by AWS."""
    return told.get("StateReason", {}).get("Code", "") in _BY_SOMEBODY


def why(told: InstanceTypeDef, offer: Offer) -> ProviderError:
    """AWS's reason as a refusal of the offer."""
    reason = told.get("StateReason", {})
    code, words = reason.get("Code", ""), reason.get("Message", "")
    return gone(offer, code, words) if by_somebody(told) else explained(code, words, offer=offer)


def gone(offer: Offer, code: str, words: str) -> CapacityError:
    """Somebody ended it. The offer may be as good as ever, in a new attempt."""
    return CapacityError(
        f"The {offer.instance_type} that this launch had in {offer.zone} has been ended since.",
        remedy="cloudgpu launch  # again, under the same name",
        code=code,
        details=words,
    )
