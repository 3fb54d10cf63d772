"""Parts of machine guests that need neither root nor Linux: the cache, the registry's storage, nvidia-smi."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from cloudgpu.rehearsal.guests.machines import cache, nvidia, registry

GPUS = ("Tesla T4", "Tesla T4")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLOUDGPU_CACHE", str(tmp_path))
    return tmp_path / "rehearsal/machines"


@pytest.mark.skipif(not Path("/proc/self/mounts").exists(), reason="only Linux tells its mounts there")
def test_what_is_built_is_kept_until_nobody_wants_it_any_more(shelf: Path) -> None:
    def make(place: Path) -> None:
        (place / "made").write_text("x")

    first = cache.built("thing", cache.key(["a"]), make)
    assert cache.built("thing", cache.key(["a"]), lambda _: pytest.fail("it was there")) == first
    second = cache.built("thing", cache.key(["a", "b"]), make)
    assert first.is_dir(), "another process may be using it"
    os.utime(first, (0, 0))
    third = cache.built("thing", cache.key(["a", "b", "c"]), make)
    assert sorted(one for one in shelf.iterdir() if one.is_dir()) == sorted([second, third])


@pytest.mark.skipif(not Path("/proc/self/mounts").exists(), reason="only Linux tells its mounts there")
def test_of_a_building_that_fails_nothing_is_kept(shelf: Path) -> None:
    def fail(place: Path) -> None:
        (place / "half").write_text("x")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.built("thing", "recipe", fail)
    assert [one for one in shelf.iterdir() if one.is_dir()] == []


def test_an_image_is_found_by_its_tag(tmp_path: Path) -> None:
    tar = tmp_path / "layer.tar"
    with tarfile.open(tar, "w") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
    registry.put(tmp_path, registry.Image([tar], {"PATH": "/bin"}, ("sh",)), [("some/thing", "latest")])
    root = tmp_path / "docker/registry/v2"
    digest = (root / "repositories/some/thing/_manifests/tags/latest/current/link").read_text()
    manifest = json.loads(_blob(root, digest))
    config = json.loads(_blob(root, manifest["config"]["digest"]))
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(tar.read_bytes()).hexdigest()}"]
    assert len(_blob(root, manifest["layers"][0]["digest"])) == manifest["layers"][0]["size"]
    for part in (manifest["config"], *manifest["layers"]):
        assert (root / f"repositories/some/thing/_layers/sha256/{part['digest'][7:]}/link").exists()


def _blob(root: Path, digest: str) -> bytes:
    content = (root / "blobs/sha256" / digest[7:9] / digest[7:] / "data").read_bytes()
    assert hashlib.sha256(content).hexdigest() == digest[7:]
    return content


def _smi(folder: Path, *words: str, trouble: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    for name, text in {**nvidia.hardware("gcp-1", GPUS), **nvidia.driver(trouble)}.items():
        (folder / Path(name).name).write_text(text)
    return subprocess.run(
        ["sh", str(folder / "nvidia-smi"), *words],
        env={"PATH": os.environ["PATH"], "REHEARSAL_GPU": str(folder), **env},
        capture_output=True,
        text=True,
    )


def test_every_gpu_says_that_it_is_none(tmp_path: Path) -> None:
    lines = _smi(tmp_path, "-L").stdout.splitlines()
    assert len(lines) == 2
    assert all("TEST GPU (UUID: GPU-" in line for line in lines)
    assert len(_smi(tmp_path, "-L", NVIDIA_VISIBLE_DEVICES="1").stdout.splitlines()) == 1


def test_fields_can_be_asked_for(tmp_path: Path) -> None:
    told = _smi(tmp_path, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits").stdout
    assert told == "Tesla T4 TEST GPU, 15360\n" * 2


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("missing", "couldn't communicate with the NVIDIA driver"),
        ("mismatch", "Driver/library version mismatch"),
        ("ecc", "GPU is lost"),
    ],
)
def test_failures_come_in_nvidias_words(tmp_path: Path, trouble: str, words: str) -> None:
    failed = _smi(tmp_path, "-L", trouble=trouble)
    assert failed.returncode != 0
    assert words in failed.stdout
