"""What is still there of a launch: the proof of a destroy, or the lack of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cloudgpu.errors import PermissionError_, ProviderError
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.session import Session
from cloudgpu.rules.names import LAUNCH_ID, resource_name

_Asked = Callable[[], list[str]]
_MADE = frozenset({"instance", "disk"})  # by every launch


def leftovers(session: Session, launch_id: str) -> Sequence[str]:
    """One line each for what bears the launch's label or name, whoever made it. Machines and disks that cannot be seen
    are a line, too; of what no launch makes by itself, what this account may not list counts as not there."""
    scoped = (
        ("instance", sdk.InstancesClient, "instances"),
        ("disk", sdk.DisksClient, "disks"),
        ("address", sdk.AddressesClient, "addresses"),
    )
    everywhere = (
        ("firewall rule", sdk.FirewallsClient),
        ("snapshot", sdk.SnapshotsClient),
        ("image", sdk.ImagesClient),
    )
    asks: list[_Asked] = [
        *(_in_places(session, launch_id, kind, session.client(client), field) for kind, client, field in scoped),
        *(_global(session, launch_id, kind, session.client(client)) for kind, client in everywhere),
    ]
    with ThreadPoolExecutor(len(asks)) as pool:  # each has a client of its own
        return [line for lines in pool.map(lambda ask: ask(), asks) for line in lines]


def _in_places(session: Session, launch_id: str, kind: str, client: Any, field: str) -> _Asked:
    def ask() -> list[str]:
        lines = []
        for place, scope in _filtered(session, client.aggregated_list, _either(launch_id)):
            where = place.rpartition("/")[2]
            lines += [f"{kind} {one.name} in {where}" for one in getattr(scope, field) if _is_of(launch_id, one)]
            if scope.warning.code == "UNREACHABLE":
                lines.append(f"perhaps {kind} in {where}, which gives no answer")
        return lines

    return _unless_forbidden(ask, kind)


def _global(session: Session, launch_id: str, kind: str, client: Any) -> _Asked:
    named_only = kind == "firewall rule"  # rules bear no labels

    def ask() -> list[str]:
        condition = _named(launch_id) if named_only else _either(launch_id)
        found = _filtered(session, client.list, condition)
        return [f"{kind} {one.name}" for one in found if _is_of(launch_id, one)]

    return _unless_forbidden(ask, kind)


def _filtered(session: Session, listing: Any, condition: str) -> list[Any]:
    """What fits, or all where Google takes no such filter for the kind: each is looked at in any case."""
    try:
        return session.pages(listing, filter=condition)
    except ProviderError as refusal:
        if "filter" not in refusal.details:
            raise
        return session.pages(listing)


def _unless_forbidden(ask: _Asked, kind: str) -> _Asked:
    def asked() -> list[str]:
        try:
            return ask()
        except PermissionError_ as error:
            return [f"perhaps {kind}: {error.brief}"] if kind in _MADE else []

    return asked


def _named(launch_id: str) -> str:
    return f'name : "{resource_name(launch_id)}"'


def _either(launch_id: str) -> str:
    return f'(labels.{LAUNCH_ID} = "{launch_id}") OR ({_named(launch_id)})'


def _is_of(launch_id: str, found: Any) -> bool:
    """The filter asks for the name as a part of the name, which may be another launch's."""
    name, own = str(found.name), resource_name(launch_id)
    return name == own or name.startswith(f"{own}-") or dict(getattr(found, "labels", {})).get(LAUNCH_ID) == launch_id
