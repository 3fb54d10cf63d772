"""The nouns. Frozen, without behaviour beyond what follows from their own fields; units stand in names and types."""

from __future__ import annotations

from cloudgpu.model.machines import (
    CommandResult,
    Container,
    Instance,
    InstanceRef,
    InstanceSpec,
    Limits,
    Network,
    SshTarget,
    State,
    Traits,
)
from cloudgpu.model.offers import (
    Gpu,
    GpuRequest,
    Offer,
    Origin,
    Quota,
    QuotaAnswer,
)
from cloudgpu.model.records import (
    Attempt,
    Plan,
    Receipt,
    Record,
    Refused,
    Removed,
    RunningContainer,
    StepTime,
)

__all__ = [
    "Attempt",
    "CommandResult",
    "Container",
    "Gpu",
    "GpuRequest",
    "Instance",
    "InstanceRef",
    "InstanceSpec",
    "Limits",
    "Network",
    "Offer",
    "Origin",
    "Plan",
    "Quota",
    "QuotaAnswer",
    "Receipt",
    "Record",
    "Refused",
    "Removed",
    "RunningContainer",
    "SshTarget",
    "State",
    "StepTime",
    "Traits",
]
