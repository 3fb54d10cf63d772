"""The seams. Whoever implements one passes its contract suite in `cloudgpu.testing`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from cloudgpu.model import (
    CommandResult,
    GpuRequest,
    Instance,
    InstanceRef,
    InstanceSpec,
    Network,
    Offer,
    Origin,
    Quota,
    QuotaAnswer,
    Record,
    Refused,
    Traits,
)


class Provider(Protocol):
    """One cloud account. Every method may raise ProviderError and lets no SDK exception through."""

    name: str
    traits: Traits

    def verify(self) -> str:
        """The account or project that would pay. AuthError, with the command that mends it, where there is none."""

    def offers(self, request: GpuRequest) -> Sequence[Offer]:
        """What can be bought for this request, cheapest first; what has no known price comes last, and not at all where
        the request has a price limit. Empty is an answer.

        UsageError for a region, zone or instance type that the cloud does not have.
        """

    def quotas(self, offer: Offer) -> Sequence[Quota]:
        """Every limit that the offer draws on. What the cloud does not tell has `limit` None."""

    def create(self, spec: InstanceSpec) -> Instance:
        """Buy one machine; returns when the cloud has said yes. The same launch id in the same zone gives the same
        instance again, unless `spec.attempt` is another. After a refusal nothing of it is left that is billed; what the
        launch's next attempt needs again may stay until `destroy`. The refusal's `scope` says what is still worth
        trying. OutcomeUnknown where no answer came in spite of asking again with the same idempotency token.
        """

    def find(self, ref: InstanceRef) -> Instance | None:
        """The instance as it is now, by launch id. None: gone, or never there."""

    def instances(self) -> Sequence[Instance]:
        """All that bear our label in the account, whoever launched them, in every region."""

    def destroy(self, ref: InstanceRef) -> None:
        """Remove the instance and all that `create` made for it, and return when the cloud says that it is gone.
        Gone already is success."""


@runtime_checkable
class HasHostKeys(Protocol):
    """A cloud that tells a machine's SSH host keys through a channel of its own."""

    def host_keys(self, ref: InstanceRef) -> Sequence[str]:
        """Public keys in OpenSSH form (`ssh-ed25519 AAAA...`). Empty: not published yet."""


@runtime_checkable
class HasConsole(Protocol):
    """A cloud that keeps what the machine wrote to its console."""

    def console(self, ref: InstanceRef) -> str:
        """The newest part of the console's text, as the cloud has it. May lag; may be empty."""


@runtime_checkable
class HasLeftovers(Protocol):
    """A cloud where parts of a launch can outlive the instance."""

    def leftovers(self, launch_id: str) -> Sequence[str]:
        """What still exists of this launch and costs money, one readable line each. Empty is the proof of a destroy."""


@runtime_checkable
class CanStop(Protocol):
    """A cloud whose machines can be switched off, so that only their disks are billed, and on again."""

    def stop(self, ref: InstanceRef) -> None:
        """Returns when the cloud says that it is off. Off already is success; NotFoundError where it is gone."""

    def start(self, ref: InstanceRef, *, caller_cidr: str) -> Instance:
        """Returns when the cloud has said yes; the address may be another, and `caller_cidr` may reach it by SSH. On
        already is success. CapacityError where its zone has no room for it just now."""


@runtime_checkable
class CanRaiseQuota(Protocol):
    """A cloud that takes requests for higher limits."""

    def raise_quota(self, quota: Quota, wanted: float, *, contact: str) -> QuotaAnswer:
        """Ask that the limit be `wanted`; `contact` is the address of who asks. Returns with the cloud's first answer,
        or `pending` where it takes its time."""


@runtime_checkable
class HasNetworks(Protocol):
    """A cloud where the network that a machine needs may be missing, and can be made."""

    def network(self, wanted: Network, offer: Offer) -> Network:
        """The network for this offer: the one that is wanted, else the usual one. NetworkError where there is none."""

    def make_network(self, offer: Offer) -> Network:
        """Make the usual one for this offer; costs nothing. There already is success. Returns when the cloud says that
        it is there."""


class Remote(Protocol):
    """One machine's shell; knows no cloud, no Docker, no Jupyter. UnreachableError where the connection is lost."""

    def run(self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 60) -> CommandResult:
        """Run to the end. A status other than 0 is an answer, not an error. `timeout` in seconds."""

    def stream(self, argv: Sequence[str]) -> Iterator[str]:
        """The command's lines, standard output and error as they come. MachineError if it ends with another status
        than 0; the error's details are the last lines."""

    def put(self, content: bytes, path: str, *, mode: int = 0o644) -> None:
        """Write a file, made with this mode from the start. A relative path counts from the user's home."""

    def get(self, url_path: str, *, port: int, token: str | None = None, timeout: float = 10) -> tuple[int, bytes]:
        """HTTP GET from `127.0.0.1:port` of the machine, through the connection: status and body.
        ConnectionError where nothing answers there."""

    def close(self) -> None:
        """End the connection. Closed already is success."""


class Store(Protocol):
    """This computer's memo; labels in the cloud are the truth. StoreError where the folder cannot be used."""

    def reserve(self, name: str, launch_id: str, origin: Origin) -> Record:
        """Write the name down before money is spent. A name that is there keeps its record, which is returned:
        compare `launch_id` to see whose it is. Safe against another process doing the same at once."""

    def save(self, record: Record) -> None:
        """Replace what is known of the record's name. Fails with StoreError if the name belongs to another launch."""

    def save_all(self, records: Sequence[Record]) -> Sequence[Record]:
        """Save many in one go, new names too. Those whose name belongs to another launch are left as they are; they
        are returned."""

    def load(self, name: str) -> Record | None:
        """What is known of the name."""

    def records(self) -> Sequence[Record]:
        """All of them, oldest first."""

    def forget(self, name: str, launch_id: str) -> None:
        """Drop the name if it belongs to this launch. Gone already is success."""

    def remember(self, refused: Refused) -> None:
        """Keep a refusal for later launches; it replaces an older one of the same offer."""

    def refusals(self, origin: Origin, since: datetime) -> Sequence[Refused]:
        """Those of this account that are not older than `since`; older passing ones may be forgotten on the way."""
