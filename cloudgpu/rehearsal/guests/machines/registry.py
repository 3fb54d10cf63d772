"""Images put straight into the storage of a container registry: neither an engine nor a push is needed."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_DOCKER = "application/vnd.docker"
_MANIFEST = f"{_DOCKER}.distribution.manifest.v2+json"
_CONFIG = f"{_DOCKER}.container.image.v1+json"
_LAYER = f"{_DOCKER}.image.rootfs.diff.tar.gzip"


@dataclass(frozen=True, slots=True)
class Image:
    """`layers`: tar files, the lowest first."""

    layers: Sequence[Path]
    environment: Mapping[str, str]
    command: tuple[str, ...]


def configuration(storage: Path, address: str, certificates: Path) -> str:
    """Of a docker-registry that serves the folder to everybody and takes nothing."""
    serving = {
        "addr": f"{address}:443",
        "secret": "rehearsal",
        "tls": {"certificate": f"{certificates}/server.crt", "key": f"{certificates}/server.key"},
    }
    kept = {"filesystem": {"rootdirectory": str(storage)}, "maintenance": {"readonly": {"enabled": True}}}
    # JSON is YAML
    return json.dumps({"version": 0.1, "log": {"level": "error"}, "storage": kept, "http": serving}, indent=1)


def put(storage: Path, image: Image, names: Iterable[tuple[str, str]]) -> None:
    """Write it under each repository and tag."""
    layers, plain = [], []
    for tar in image.layers:
        packed = tar.with_name(f"{tar.name}.gz")
        if not packed.exists():
            with tar.open("rb") as source, gzip.GzipFile(packed, "wb", compresslevel=1, mtime=0) as target:
                shutil.copyfileobj(source, target, 1 << 20)
        plain.append(f"sha256:{_digest(tar)}")
        layers.append({"mediaType": _LAYER, "size": packed.stat().st_size, "digest": _keep(storage, packed)})
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Env": [f"{key}={one}" for key, one in image.environment.items()], "Cmd": list(image.command)},
        "rootfs": {"type": "layers", "diff_ids": plain},
        "history": [{"created_by": "cloudgpu rehearsal"} for _ in plain],
    }
    about = _blob(storage, json.dumps(config).encode())
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": {"mediaType": _CONFIG, "size": len(json.dumps(config)), "digest": about},
        "layers": layers,
    }
    told = _blob(storage, json.dumps(manifest).encode())
    for repository, tag in names:
        _link(storage, repository, told, tag, [about, *(str(one["digest"]) for one in layers)])


def _link(storage: Path, repository: str, manifest: str, tag: str, blobs: Iterable[str]) -> None:
    place = storage / "docker/registry/v2/repositories" / repository
    hexes = manifest.partition(":")[2]
    tags = place / "_manifests/tags" / tag
    links = {
        tags / "current/link": manifest,
        tags / f"index/sha256/{hexes}/link": manifest,
        place / f"_manifests/revisions/sha256/{hexes}/link": manifest,
        **{place / f"_layers/sha256/{one.partition(':')[2]}/link": one for one in blobs},
    }
    for path, text in links.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _keep(storage: Path, file: Path) -> str:
    digest = _digest(file)
    target = _place(storage, digest)
    if not target.exists():
        target.parent.mkdir(parents=True)
        shutil.copy(file, target)
    return f"sha256:{digest}"


def _blob(storage: Path, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    target = _place(storage, digest)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return f"sha256:{digest}"


def _place(storage: Path, digest: str) -> Path:
    return storage / "docker/registry/v2/blobs/sha256" / digest[:2] / digest / "data"


def _digest(file: Path) -> str:
    made = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(1 << 20):
            made.update(block)
    return made.hexdigest()
