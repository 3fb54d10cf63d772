"""The internet of one rehearsal: a namespace with names, registries, package repositories, and no way out."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests.machines import certificates, image, names, namespaces, packages, registry, wheels
from cloudgpu.rehearsal.guests.machines.cgroups import Group
from cloudgpu.rehearsal.guests.machines.machine import Machine
from cloudgpu.rehearsal.guests.machines.metadata.service import Service
from cloudgpu.rehearsal.guests.machines.running import environ
from cloudgpu.rehearsal.guests.machines.shop import Shop


class Internet:
    """Open until `close`. The thread that makes it, and those that this one begins later, are inside; who closes it is
    where it was made from."""

    def __init__(
        self, namespace: str, folder: Path, faults: Faults, whose: Callable[[str], Machine | None]
    ) -> None:  # fmt: skip
        self._folder = folder
        self._undo = ExitStack()
        self._group = Group(namespace, "internet")
        try:
            namespaces.make_internet(namespace)
            self._undo.callback(namespaces.remove, namespace)
            self._undo.callback(namespaces.leaving())
            namespaces.enter(namespace)
            self._group.make()
            self._undo.callback(self._group.kill)
            self._names()
            self._undo.callback(Service(whose).close)
            self._undo.callback(Shop(_shelves(), certificates.folder(), faults).close)
            self._images()
        except BaseException:
            self._undo.close()
            raise

    def close(self) -> None:
        self._undo.close()

    def _names(self) -> None:
        hosts = self._folder / "hosts"
        hosts.write_text(
            f"{names.METADATA} {' '.join(names.METADATA_NAMES)}\n"
            f"{names.GATEWAY} {' '.join(names.REGISTRIES)}\n"
            f"{names.SHOP} {' '.join(names.PLACES)}\n"
        )
        self._serve(
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file",
            f"--addn-hosts={hosts}", f"--listen-address={names.GATEWAY}", "--bind-interfaces", "--user=root",
            "--address=/#/",  # whatever else is asked for does not exist, and that is said at once
        )  # fmt: skip

    def _images(self) -> None:
        written = self._folder / "registry.json"
        written.write_text(registry.configuration(image.storage(), names.GATEWAY, certificates.folder()))
        self._serve("docker-registry", "serve", str(written))

    def _serve(self, program: str, *words: str) -> None:
        env = environ()
        argv = self._group.starting([shutil.which(program, path=env["PATH"]) or program, *words])
        with (self._folder / f"{program}.log").open("ab") as log:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
        self._undo.callback(process.wait)
        self._undo.callback(process.kill)


def _shelves() -> dict[str, Path]:
    debian = packages.shelves()
    return {host: debian / host for host in names.PLACES} | {"pypi.org": wheels.index()}
