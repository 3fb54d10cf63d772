"""The key that signs the package repositories of the rehearsal's internet."""

from __future__ import annotations

from pathlib import Path

from cloudgpu.rehearsal.guests.machines import cache
from cloudgpu.rehearsal.guests.machines.running import tool

_WHO = "cloudgpu rehearsal <nobody@example.invalid>"


def folder() -> Path:
    """GnuPG's folder, with one key that nothing outside a rehearsal trusts."""
    return cache.built("signing", cache.key([_WHO]), _make)


def public_key() -> Path:
    return folder() / "public.asc"


def sign(release: Path) -> None:
    """Write InRelease beside the file."""
    tool("gpg", "--batch", "--yes", "--clearsign", "-o", release.with_name("InRelease"), release, env=_env(folder()))


def _make(place: Path) -> None:
    place.chmod(0o700)
    tool("gpg", "--batch", "--passphrase", "", "--quick-gen-key", _WHO, "ed25519", "sign", "never", env=_env(place))
    (place / "public.asc").write_text(tool("gpg", "--armor", "--export", env=_env(place)))
    tool("gpgconf", "--kill", "gpg-agent", env=_env(place))


def _env(place: Path) -> dict[str, str]:
    return {"GNUPGHOME": str(place)}
