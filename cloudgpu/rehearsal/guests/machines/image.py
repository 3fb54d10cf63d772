"""A container image with Jupyter, made without a container engine: files of the root file system, and wheels."""

from __future__ import annotations

import json
import os
import shutil
import sys
import sysconfig
import tarfile
from pathlib import Path

from cloudgpu.errors import CloudgpuError
from cloudgpu.rehearsal.guests.machines import bases, cache, recipe, wheels
from cloudgpu.rehearsal.guests.machines.registry import Image, put
from cloudgpu.rehearsal.guests.machines.running import tool
from cloudgpu.rules.catalog import IMAGES

_PACKAGES = (
    *("base-files", "base-passwd", "bash", "dash", "coreutils", "grep", "sed", "mawk", "findutils", "tar", "gzip"),
    *("util-linux", "procps", "hostname", "ca-certificates", "curl", "media-types", "netbase", "tzdata", "zlib1g"),
    *("python3", "python3-minimal", "python3.11", "python3.11-minimal", "libpython3.11-minimal"),
    *("libpython3.11-stdlib", "libpython3-stdlib", "libc-bin"),
)
_WHEELS = ("jupyterlab>=4.2,<5", "ipykernel>=6.29")
_PYTHON = "3.11.2"  # Debian's: newer wheels would be taken for that of this computer
_SITE = "opt/site"
_NO_NEWS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
_ENVIRONMENT = {
    "PATH": f"/{_SITE}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "PYTHONPATH": f"/{_SITE}",
    "JUPYTER_PATH": f"/{_SITE}/share/jupyter",
    "JUPYTERLAB_DIR": f"/{_SITE}/share/jupyter/lab",
    "JUPYTER_CONFIG_PATH": f"/{_SITE}/etc/jupyter",
}
_LEFT_OUT = ("usr/share/doc/", "usr/share/man/", "usr/share/locale/")
_WHOLE = ("etc/ssl/certs", "etc/alternatives", "etc/ld.so.conf.d")
_ALONE = (
    *("bin", "sbin", "lib", "lib64", "etc/passwd", "etc/group", "etc/shadow", "etc/ld.so.cache", "etc/ld.so.conf"),
    *("usr/bin/sh", "usr/bin/awk", "usr/bin/python3"),
)
_EMPTY = ("proc", "sys", "dev", "tmp", "run", "var/tmp", "home", "root")


def storage() -> Path:
    """A registry's storage folder, with the image under the names of all presets; 90 MB."""
    root = recipe.rootfs()
    modules = (__file__, bases.__file__, wheels.__file__)
    parts = (root.parent.name, *(Path(one).read_text() for one in modules), *IMAGES.values())
    return cache.built("registry", cache.key(parts), lambda place: _make(place, root))


def _make(place: Path, root: Path) -> None:
    work = place / "work"
    work.mkdir()
    _base(root, work / "base.tar")
    _jupyter(work)
    names = [_name(one) for one in IMAGES.values()]
    put(place, Image([work / "base.tar", work / "jupyter.tar"], _ENVIRONMENT, ("python3",)), names)
    bases.store(place, work)
    shutil.rmtree(work)


def _name(image: str) -> tuple[str, str]:
    """The repository and the tag, without the registry's host."""
    repository, _, tag = image.partition("/")[2].partition(":")
    return repository, tag


def _base(root: Path, tar: Path) -> None:
    """The files of `_PACKAGES` and of the libraries, by the places that they really are in."""
    admin = f"--admindir={root}/var/lib/dpkg"
    installed = tool("dpkg-query", admin, "-W", "-f", "${Package}\n").split()
    libraries = [one for one in installed if one.startswith("lib") and not any(x in one for x in ("systemd", "perl"))]
    wanted = [one for one in (*_PACKAGES, *libraries) if one in installed]
    listed = tool("dpkg-query", admin, "-L", *dict.fromkeys(wanted)).splitlines()
    merged = {_merged(path.strip().lstrip("/")) for path in listed if path.startswith("/")}
    apart = tuple(f"{one}/" for one in _WHOLE)
    files = {one for one in merged if not one.startswith((*_LEFT_OUT, *apart))} | set(_ALONE)
    with tarfile.open(tar, "w") as archive:
        for name in sorted(files):
            path = root / name
            if path.is_symlink() or path.is_file():
                archive.add(path, name, recursive=False)
        for name in _WHOLE:
            archive.add(root / name, name)
        for name in _EMPTY:
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777 if name.endswith("tmp") else 0o755
            archive.addfile(folder)


def _merged(path: str) -> str:
    """/bin and its like are links to /usr/bin."""
    return f"usr/{path}" if path.startswith(("bin/", "sbin/", "lib/", "lib64/", "lib32/")) else path


def _jupyter(work: Path) -> None:
    site = work / "site" / _SITE
    site.mkdir(parents=True)
    options = ["--no-index", "--find-links", str(wheels.folder()), "--python-version", _PYTHON,
               "--only-binary=:all:", "--target", str(site), *_WHEELS]  # fmt: skip
    path = f"{sysconfig.get_path('scripts')}:{os.environ.get('PATH', os.defpath)}"
    ways = [[sys.executable, "-m", "pip", "install", "--quiet", *options]]
    if uv := shutil.which("uv", path=path):
        ways[:0] = [[uv, "pip", "install", "--quiet", "--python", sys.executable, *options]]
    for number, way in enumerate(ways, 1):
        try:
            tool(*way)
            break
        except CloudgpuError:
            if number == len(ways):
                raise
    settings = site / "share/jupyter/lab/settings/overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(_NO_NEWS))
    with tarfile.open(work / "jupyter.tar", "w") as archive:
        archive.add(work / "site/opt", "opt", filter=_roots)


def _roots(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    return entry
