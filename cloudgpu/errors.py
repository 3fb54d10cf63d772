"""One tree of errors. Each says what happened, carries the cloud's own words, and says what to type next.

CloudgpuError              1
+- UsageError              2   the request itself is wrong
+- ProviderError           1   a cloud said no
|  +- QuotaError           3
|  +- CapacityError        4   not here, not now: the next offer may do
|  |  +- UnsupportedError  4   never here: drop this zone
|  +- AuthError            5   who are you
|  +- PermissionError_     5   you may not
|  |  +- PolicyError       5   the organisation forbids it
|  +- NetworkError         1   there is no network to put the machine in
|  +- ThrottledError       1   asked too often
|  +- OutcomeUnknown       1   no answer: it may or may not have happened
|  +- NoRouteError         1   the cloud cannot be reached
+- NotFoundError           6   no such instance
+- MachineError            7   SSH, startup script, driver, Docker
|  +- UnreachableError     7   nobody answers there, or not yet
+- ContainerError          8   image, container, Jupyter
+- TunnelError             9
+- LeftBehindError        10   something billable is still there
+- StoreError              1   the state folder
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

# what a cloud's refusal is, whichever cloud it is of
RefusalKind = Literal[
    "stockout",
    "invalid",
    "quota",
    "network",
    "credentials",
    "permission",
    "policy",
    "throttle",
    "transient",
    "billing",
    "eventual",
    "api_disabled",
    "exists",
    "unknown",
]


class CloudgpuError(Exception):
    """`brief`: what happened, one line. `remedy`: what to do next, a command or a URL. `code` and `details`: the other
    side's own words, unchanged."""

    exit_code = 1
    kind = "error"

    def __init__(self, brief: str, *, remedy: str, code: str = "", details: str = "") -> None:
        super().__init__(brief)
        self.brief = brief
        self.remedy = remedy
        self.code = code
        self.details = details


class UsageError(CloudgpuError):
    exit_code = 2
    kind = "usage"


class Scope(str, Enum):
    """How far a refusal reaches: what lies outside of it is still worth trying."""

    OFFER = "offer"  # this machine type in this zone
    ZONE = "zone"  # this GPU in this zone, whatever the machine type
    REGION = "region"
    ACCOUNT = "account"  # everything


class ProviderError(CloudgpuError):
    """`scope`: how far the refusal reaches."""

    kind = "provider"
    scope = Scope.ACCOUNT


class QuotaError(ProviderError):
    """A limit of the account. `region` None: it holds everywhere, so no other zone can help."""

    exit_code = 3
    kind = "quota"

    def __init__(
        self, brief: str, *, remedy: str, code: str = "", details: str = "", region: str | None = None
    ) -> None:
        super().__init__(brief, remedy=remedy, code=code, details=details)
        self.region = region
        self.scope = Scope.ACCOUNT if region is None else Scope.REGION


class CapacityError(ProviderError):
    """Out of stock. `elsewhere`: zones of which the cloud said in the same breath that they have it."""

    exit_code = 4
    kind = "capacity"

    def __init__(
        self,
        brief: str,
        *,
        remedy: str,
        code: str = "",
        details: str = "",
        elsewhere: tuple[str, ...] = (),
        scope: Scope = Scope.OFFER,
    ) -> None:
        super().__init__(brief, remedy=remedy, code=code, details=details)
        self.elsewhere = elsewhere
        self.scope = scope


class UnsupportedError(CapacityError):
    kind = "unsupported"


class AuthError(ProviderError):
    exit_code = 5
    kind = "credentials"


class PermissionError_(ProviderError):
    exit_code = 5
    kind = "permission"


class PolicyError(PermissionError_):
    """A policy of the organisation. It may hold for a region only: then `scope` says so."""

    kind = "policy"

    def __init__(
        self, brief: str, *, remedy: str, code: str = "", details: str = "", scope: Scope = Scope.ACCOUNT
    ) -> None:
        super().__init__(brief, remedy=remedy, code=code, details=details)
        self.scope = scope


class NetworkError(ProviderError):
    kind = "network"


class ThrottledError(ProviderError):
    kind = "throttled"


class OutcomeUnknown(ProviderError):
    """The request was sent and no answer came. Nobody may act as if it had failed."""

    kind = "unknown outcome"


class NoRouteError(ProviderError):
    kind = "no route"


class NotFoundError(CloudgpuError):
    exit_code = 6
    kind = "not found"


class MachineError(CloudgpuError):
    exit_code = 7
    kind = "machine"


class UnreachableError(MachineError):
    """Nobody answers there, or not yet: waiting may help."""

    kind = "unreachable"


class ContainerError(CloudgpuError):
    exit_code = 8
    kind = "container"


class TunnelError(CloudgpuError):
    exit_code = 9
    kind = "tunnel"


class LeftBehindError(CloudgpuError):
    exit_code = 10
    kind = "left behind"


class StoreError(CloudgpuError):
    kind = "store"
