"""This computer's SSH key: one for all machines, made at the first launch."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cloudgpu.errors import StoreError
from cloudgpu.remote.files import close_to_others, private_folder, usable


@dataclass(frozen=True, slots=True)
class SshKey:
    """`private` is a file; `public` is a line in OpenSSH form."""

    private: Path
    public: str


def ensure_key(home: Path) -> SshKey:
    """The key in `home/keys`, made if there is none: 0600 in a folder 0700. Two processes at once get the same one.

    StoreError where the folder cannot be used or the file there is no private key.
    """
    with usable(home):
        private = private_folder(home / "keys") / "id_ed25519"
        if not private.exists():
            _make(private)
        close_to_others(private, 0o600)
        content = private.read_bytes()
    return SshKey(private, _public(content, private))


def _make(private: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    content = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    handle, draft = tempfile.mkstemp(dir=private.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
        with suppress(FileExistsError):  # another process was first: its key holds
            os.link(draft, private)
    finally:
        Path(draft).unlink()


def _public(content: bytes, private: Path) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        public = serialization.load_ssh_private_key(content, password=None).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise StoreError(
            f"{private} is not a private key that can be used without a passphrase.",
            details=str(error),
            remedy=f"mv {private} {private}.damaged  # machines launched with it stop answering to this computer",
        ) from error
    line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return f"{line.decode()} cloudgpu"
