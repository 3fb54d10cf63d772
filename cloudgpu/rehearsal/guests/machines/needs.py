"""What machine guests ask of the computer below them."""

from __future__ import annotations

import os
import shutil
import sys

from cloudgpu.errors import UsageError

# program -> the Debian package that brings it
PROGRAMS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "dnsmasq": "dnsmasq-base",
    "docker-registry": "docker-registry",
    "apt-ftparchive": "apt-utils",
    "gpg": "gpg",
    "gpg-agent": "gpg-agent",
    "dpkg-deb": "dpkg",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "ssh": "openssh-client",
}
PACKAGES = tuple(sorted(set(PROGRAMS.values())))
_SYSTEM = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def check() -> None:
    """UsageError, with what is missing and how to get it, where this computer cannot have machine guests."""
    if sys.platform != "linux":
        raise UsageError("Machine guests need Linux.", remedy="cloudgpu rehearsal start --guests process")
    if os.geteuid() != 0:
        raise UsageError(
            "Machine guests need root: they get namespaces, mounts and addresses of their own.",
            remedy="sudo cloudgpu rehearsal start --guests machine, or --guests process without root",
        )
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_SYSTEM])
    if missing := [name for name in PROGRAMS if shutil.which(name, path=path) is None]:
        packages = " ".join(dict.fromkeys(PROGRAMS[one] for one in missing))
        raise UsageError(
            f"Machine guests need {', '.join(missing)}, which is not installed.",
            remedy=f"apt-get install --no-install-recommends {packages}",
        )
