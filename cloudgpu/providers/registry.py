"""Which providers there are. Nothing of a provider is imported before one of it is opened."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from cloudgpu.errors import UsageError
from cloudgpu.model import Origin
from cloudgpu.protocols import Provider
from cloudgpu.rules.suggest import did_you_mean

GROUP = "cloudgpu.providers"


def names() -> list[str]:
    """What `--provider` takes, in alphabetical order."""
    return sorted(_found())


def open_provider(origin: Origin) -> Provider:
    """The provider of this account. Asks the cloud nothing. UsageError for a provider that is not installed;
    AuthError where it is plain without asking that nobody can sign in here."""
    found = _found()
    entry = found.get(origin.provider)
    if entry is None:
        raise _unknown(origin.provider, sorted(found))
    try:
        door = entry.load()
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"The provider {entry.name!r} is installed but broken: {entry.value} cannot be imported.",
            remedy="pip install --force-reinstall " + (entry.dist.name if entry.dist else "cloudgpu"),
            details=str(error),
        ) from error
    provider: Provider = door(origin)
    return provider


def _found() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _unknown(wanted: str, known: list[str]) -> UsageError:
    if not known:
        return UsageError(
            "No provider is installed: this copy of cloudgpu has no package metadata.",
            remedy="In the checkout: pip install --editable .",
        )
    hint = did_you_mean(wanted, known) or f"Known are {', '.join(known)}."
    return UsageError(f"There is no provider {wanted!r}.", remedy=f"{hint} cloudgpu launch --provider {known[0]}")
