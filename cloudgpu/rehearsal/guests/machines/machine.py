"""One machine: systemd-nspawn on a disk of its own, and what stands for the hypervisor around it."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cloudgpu.rehearsal.guests.machines import namespaces
from cloudgpu.rehearsal.guests.machines.cgroups import Group
from cloudgpu.rehearsal.guests.machines.disk import Disk
from cloudgpu.rehearsal.guests.machines.running import environ
from cloudgpu.rehearsal.world import GuestSpec, Identity

_LOG = logging.getLogger(__name__)
_REBOOT = 133  # nspawn's status when the machine wants to be booted again
_SHUTDOWN_SECONDS = 15.0
_AGENT_UNITS = ("google-guest-agent", "google-startup-scripts", "google-shutdown-scripts")


class Machine:
    """Made for good by `create`, powered on and off as often as wanted, gone after `remove`."""

    def __init__(self, internet: str, number: int, folder: Path, spec: GuestSpec, identity: Identity) -> None:
        self.spec, self.identity, self.number = spec, identity, number
        self.disk = Disk(folder)
        self.public: str | None = None
        self.attributes: dict[str, str] = {}
        self.boots = 0
        self._internet = internet
        self._namespace = ""
        self._group = Group(internet, str(number))
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._asked = False  # to go off
        self._cut = False
        self._open = False
        self.is_on = False

    def create(self, below: tuple[Path, ...], files: Mapping[str, str], size: str = "") -> None:
        """Its disk and its cable. `files`: what is written on the disk before the first boot; `size`: as `Disk`'s."""
        self._namespace = namespaces.connect(self._internet, self.number)
        self.disk.attach(below, size)
        self.disk.write("etc/hostname", f"{self.spec.hostname}\n")
        self.disk.write("etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {self.spec.hostname}\n")
        for name, text in files.items():
            self.disk.write(name, text, 0o755 if text.startswith("#!") else 0o644)
        if self.identity.cloud == "gcp":
            self.disk.write("etc/cloud/cloud-init.disabled", "")
        else:
            for unit in _AGENT_UNITS:
                (self.disk.root / f"etc/systemd/system/{unit}.service").symlink_to("/dev/null")

    def power_on(self, address: str) -> None:
        """Begin to boot with this public address; on already is fine."""
        if self.is_on:
            return
        if self._thread is not None:
            self._thread.join()
        namespaces.address(self._namespace, self.public, address)
        self.public, self._asked, self._open = address, False, False
        self.is_on = True
        self._thread = threading.Thread(target=self._hypervisor, name=self.spec.id, daemon=True)
        self._thread.start()

    def power_off(self) -> None:
        """As by its power button; after some seconds, by its plug. Off when this returns."""
        self._end(signal.SIGTERM)

    def unplug(self) -> None:
        """Off when this returns, and nothing in there had a say."""
        self._end(signal.SIGKILL)

    def cut(self) -> None:
        """Its power goes for a moment: it boots again, from the disk as it was. Off already: nothing."""
        process = self._process
        if process is not None and self.is_on:
            self._cut = True
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)

    def reboot(self) -> None:
        """Ask its init to."""
        for pid in self._group.first_processes() if self.is_on else ():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGRTMIN + 5)  # systemd: begin reboot.target

    def is_open(self) -> bool:
        """Whether its SSH server takes connections; asked of the machine once for each boot."""
        if self.is_on and not self._open and self.public:
            with suppress(OSError), socket.create_connection((self.public, 22), timeout=1):
                self._open = True
        return self.is_on and self._open

    def host_keys(self) -> tuple[str, ...]:
        """In OpenSSH form, from its disk; the machine may be making others at this moment."""
        found = []
        for path in sorted(self.disk.root.glob("etc/ssh/ssh_host_*_key.pub")):
            with suppress(FileNotFoundError):
                found.append(" ".join(path.read_text().split()[:2]))
        return tuple(one for one in found if one)

    def console(self) -> str:
        with suppress(FileNotFoundError):
            return self.disk.console.read_bytes().decode(errors="replace").replace("\r\n", "\n")
        return ""

    def remove(self) -> None:
        """Off, and everything of it gone."""
        self.power_off()
        namespaces.remove(self._namespace)
        self.disk.remove()

    def _end(self, how: signal.Signals) -> None:
        self._asked = True
        thread = self._thread
        for number in dict.fromkeys((how, signal.SIGKILL)):
            process = self._process
            if thread is None or not thread.is_alive():
                break
            if process is not None:
                with suppress(ProcessLookupError):
                    process.send_signal(number)
            thread.join(_SHUTDOWN_SECONDS)

    def _hypervisor(self) -> None:
        """Boot, boot again when that is wanted, and tell the cloud about a machine that has gone off by itself."""
        again = True
        while again:
            self.boots += 1
            self._open = self._cut = False
            self._group.make()
            status = self._boot()
            _LOG.info("%s ended with status %d", self.spec.id, status)
            self._group.kill()
            again = not self._asked and (self._cut or status == _REBOOT)
        self.is_on = False
        if not self._asked:
            self.identity.powered_off()

    def _boot(self) -> int:
        """One boot, to its end."""
        with self.disk.console.open("ab") as console:
            self._process = subprocess.Popen(
                self._group.starting(self._words()),
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
                env=environ(SYSTEMD_NSPAWN_API_VFS_WRITABLE="network"),
            )  # fmt: skip
        return self._process.wait()

    def _words(self) -> list[str]:
        return [
            shutil.which("systemd-nspawn", path=environ()["PATH"]) or "systemd-nspawn",
            "--quiet", "--register=no", "--keep-unit", "--boot", f"--directory={self.disk.root}",
            f"--machine={self.spec.hostname[:60]}", f"--network-namespace-path=/run/netns/{self._namespace}",
            # what a container engine inside needs: the kernel's keyrings, and its own device rules
            "--capability=all", "--system-call-filter=@keyring bpf", f"--bind={self.disk.docker}:/var/lib/docker",
            # the computer's own would send every look-up into the void
            "--resolv-conf=off",
            # its standard output is the serial console
            "--console=read-only", "systemd.journald.forward_to_console=1", "systemd.log_color=0",
        ]  # fmt: skip
