from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cloudgpu.errors import StoreError
from cloudgpu.remote.keys import ensure_key


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_key_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    key = ensure_key(tmp_path / "home")
    assert key.public.startswith("ssh-ed25519 ") and key.public.endswith(" cloudgpu")
    assert key.private == tmp_path / "home/keys/id_ed25519"
    assert (mode(key.private), mode(key.private.parent)) == (0o600, 0o700)
    assert ensure_key(tmp_path / "home") == key
    assert [path.name for path in key.private.parent.iterdir()] == ["id_ed25519"]


def test_a_key_that_others_may_read_is_closed_again(tmp_path: Path) -> None:
    key = ensure_key(tmp_path)
    key.private.chmod(0o644)
    key.private.parent.chmod(0o755)
    ensure_key(tmp_path)
    assert (mode(key.private), mode(key.private.parent)) == (0o600, 0o700)


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from cloudgpu.remote.keys import ensure_key\n"
    script += "sys.stdin.read(); print(ensure_key(Path(sys.argv[1])).public)"
    argv = [sys.executable, "-c", script, str(tmp_path)]
    racers = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for racer in racers:
        assert racer.stdin
        racer.stdin.close()
        racer.stdin = None
    said = {racer.communicate(timeout=60)[0] for racer in racers}
    assert len(said) == 1 and said.pop().startswith("ssh-ed25519 ")


def test_a_folder_that_cannot_be_used_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    with pytest.raises(StoreError) as refused:
        ensure_key(tmp_path / "home")
    assert "CLOUDGPU_HOME" in refused.value.remedy and refused.value.code


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_a_store_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError) as refused:
        ensure_key(tmp_path)
    assert refused.value.code == "Permission denied"


def test_a_damaged_key_is_named_and_left_alone(tmp_path: Path) -> None:
    private = ensure_key(tmp_path).private
    private.write_text("not a key")
    with pytest.raises(StoreError) as refused:
        ensure_key(tmp_path)
    assert str(private) in refused.value.brief and refused.value.remedy.startswith("mv ")
    assert private.read_text() == "not a key"
