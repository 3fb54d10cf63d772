"""One command at a time works on an instance."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cloudgpu.errors import StoreError
from cloudgpu.store.lock import working_on

HOLD = """
import sys
from pathlib import Path
from cloudgpu.store.lock import working_on
with working_on(Path(sys.argv[1]), "otter"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_name_is_held_by_one_process_and_freed_when_it_is_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match="at work on otter"), working_on(tmp_path, "otter"):
            pass
        with working_on(tmp_path, "wren"):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with working_on(tmp_path, "otter"):
        pass


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "working").write_text("in the way")
    with pytest.raises(StoreError), working_on(tmp_path, "otter"):
        pass
