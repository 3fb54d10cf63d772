"""The root file system that all machines have below their own: Debian 12 by mmdebstrap, and what is added to it."""

from __future__ import annotations

import shutil
from pathlib import Path

from cloudgpu.errors import UsageError
from cloudgpu.rehearsal.guests.machines import cache, certificates, signing
from cloudgpu.rehearsal.guests.machines.running import tool

SUITE = "bookworm"
PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "udev", "openssh-server", "sudo", "curl", "ca-certificates", "gnupg"),
    *("gpg", "gpg-agent", "iproute2", "iptables", "cloud-init", "google-guest-agent", "python3", "procps", "kmod"),
    *("netbase", "ifupdown", "isc-dhcp-client", "lsb-release", "less", "e2fsprogs"),
)
_DPKG = ("force-unsafe-io", *(f"path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale")))
# What would wait for an internet, or for hardware, that is not there.
_MASKED = (
    *("apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_all.timer", "fstrim.timer", "e2scrub_reap.service"),
    "systemd-timesyncd.service",
)
_CLOUD_INIT = """\
datasource_list: [Ec2]
datasource: {Ec2: {strict_id: false, max_wait: 30, timeout: 5, metadata_urls: ['http://169.254.169.254']}}
network: {config: disabled}
locale: C.UTF-8
ssh_genkeytypes: [ed25519, ecdsa]
system_info: {default_user: {name: ubuntu, gecos: Ubuntu, lock_passwd: true, shell: /bin/bash,
 sudo: ['ALL=(ALL) NOPASSWD:ALL'], groups: [adm, sudo]}}
"""
# nspawn mounts the controllers of cgroup v1 read-only, and a container engine needs its own part of them.
_DOCKER = """\
[Service]
ExecStartPre=/bin/sh -c 'for one in /sys/fs/cgroup/*; do mount -o remount,bind,rw $$one 2>/dev/null; done; true'
"""
SOURCES = f"""\
deb [signed-by=/etc/apt/keyrings/debian.asc] http://deb.debian.org/debian {SUITE} main
"""
_FILES = {
    "etc/resolv.conf": "nameserver 198.51.100.1\n",
    "etc/machine-id": "",
    "etc/apt/sources.list": SOURCES,
    "etc/apt/apt.conf.d/99rehearsal": 'Acquire::Languages "none";\n',
    "etc/cloud/cloud.cfg.d/90_rehearsal.cfg": _CLOUD_INIT,
    "etc/systemd/system/docker.service.d/rehearsal.conf": _DOCKER,
}


def rootfs() -> Path:
    """The folder of it, built where it is not there: some 40 seconds, 310 MB."""
    trusted = ((certificates.folder() / "authority.crt").read_text(), signing.public_key().read_text())
    return cache.built("rootfs", cache.key([Path(__file__).read_text(), *trusted]), _make) / "root"


def archives() -> list[str]:
    """The sources of Debian packages of the computer below, as lines of sources.list. UsageError where it has none."""
    form = "$(ORIGIN)|$(REPO_URI)|$(CODENAME)|$(COMPONENT)"
    told = tool("apt-get", "indextargets", "--format", form, "Created-By: Packages")
    rows = [line.split("|") for line in dict.fromkeys(told.splitlines())]
    lines = [f"deb {uri} {code} {part}" for origin, uri, code, part in rows if origin == "Debian" and SUITE in code]
    if not lines:
        raise UsageError(
            f"Machine guests are made of Debian packages, and apt knows no source of them for {SUITE} here.",
            remedy="apt-get update, on Debian 12; elsewhere: cloudgpu rehearsal start --guests process",
        )
    return lines


def options() -> list[str]:
    """Of mmdebstrap: nothing is documented, and nothing is written twice."""
    return [f"--dpkgopt={one}" for one in _DPKG]


def _make(folder: Path) -> None:
    root = folder / "root"
    tool("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}", *options(), SUITE, root,
         *archives())  # fmt: skip
    for path in (*root.glob("etc/ssh/ssh_host_*"), *root.glob("etc/apt/sources.list.d/*")):
        path.unlink()
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    for name, text in _FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for unit in _MASKED:
        (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
    (root / "etc/apt/keyrings").mkdir(exist_ok=True)
    shutil.copy(signing.public_key(), root / "etc/apt/keyrings/debian.asc")
    trust(root)


def trust(root: Path) -> None:
    """Let everything in there believe the certificates of the rehearsal's internet."""
    shutil.copy(certificates.folder() / "authority.crt", root / "usr/local/share/ca-certificates/rehearsal.crt")
    tool("chroot", root, "update-ca-certificates")
