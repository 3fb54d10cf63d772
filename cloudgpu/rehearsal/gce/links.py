"""Resource names: `projects/P/zones/Z/instances/I`, the links that carry them, and references as requests give them."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from datetime import datetime, timezone

from cloudgpu.rehearsal.gce.errors import invalid

_ROOT = "https://www.googleapis.com/compute/v1/"
_HOSTS = re.compile(r"https://(?:www|compute)\.googleapis\.com/compute/v1/")
_KINDS = {
    "machineTypes": "zones",
    "acceleratorTypes": "zones",
    "diskTypes": "zones",
    "disks": "zones",
    "images": "global",
    "snapshots": "global",
    "networks": "global",
    "subnetworks": "regions",
}


def link(path: str) -> str:
    return _ROOT + path


def reference(text: str, kind: str, field: str, project: str) -> tuple[str, str, str]:
    """(project, zone or region or `global`, name) of a full or partial URL; a bare name is malformed, as it is there.

    An image's name may be `family/FAMILY`. ApiError 400 for anything else."""
    scope = "global" if _KINDS[kind] == "global" else rf"{_KINDS[kind]}/(?P<scope>[-a-z0-9]+)"
    name = r"(?P<name>(?:family/)?[-a-z0-9]+)" if kind == "images" else r"(?P<name>[-a-z0-9]+)"
    pattern = rf"(?:projects/(?P<project>[-a-z0-9.:]+)/)?{scope}/{kind}/{name}"
    found = re.fullmatch(pattern, _HOSTS.sub("", text, count=1))
    if found is None:
        raise invalid(field, text, "The URL is malformed.")
    parts = found.groupdict()
    return parts["project"] or project, parts.get("scope") or "global", parts["name"]


def new_id() -> str:
    """A numeric id, as text."""
    return str(secrets.randbelow(9 * 10**18) + 10**18)


def stable_id(path: str) -> str:
    """The same numeric id for the same path, always."""
    return str(int.from_bytes(hashlib.sha256(path.encode()).digest()[:7], "big"))


def fingerprint(content: object) -> str:
    """Eight bytes over `content`, in base64 as Google writes them."""
    return base64.urlsafe_b64encode(hashlib.sha256(repr(content).encode()).digest()[:8]).decode()


def now() -> str:
    """This moment in RFC 3339, UTC, milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
