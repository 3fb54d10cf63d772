"""Cells in real kernels of a real Jupyter server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from cloudgpu.errors import ContainerError
from cloudgpu.remote.http import probe
from cloudgpu.remote.kernel import run_cell
from tests.remote.servers import descendants, eventually, unused_port

TOKEN = "a-token-of-the-test"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, port = tmp_path_factory.mktemp("jupyter"), unused_port()
    argv = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
    argv += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"]
    argv += ["--ServerApp.jpserver_extensions={}", "--KernelRestarter.time_to_dead=0.3"]
    environment = {**os.environ, "JUPYTER_TOKEN": TOKEN, "HOME": str(folder), "IPYTHONDIR": str(folder / "ipython")}
    environment |= {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    with (folder / "log").open("wb") as log, subprocess.Popen(argv, env=environment, stderr=log) as server:
        try:
            eventually(lambda: probe(port, TOKEN, timeout=2) == 200 or server.poll() is not None, within=60)
            assert server.poll() is None, (folder / "log").read_text()
            yield port
        finally:
            for pid in [*descendants(server.pid), server.pid]:  # kernels have sessions of their own
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def test_what_a_cell_prints_and_its_value(port: int) -> None:
    assert run_cell(port, TOKEN, "print('ü', 6 * 7)\n'a value'") == "ü 42\n'a value'"


def test_a_cell_that_raises(port: int) -> None:
    with pytest.raises(ContainerError, match="ZeroDivisionError: division by zero") as failed:
        run_cell(port, TOKEN, "print('before')\n1 / 0")
    assert failed.value.code == "ZeroDivisionError" and "1 / 0" in failed.value.details and failed.value.remedy


def test_a_cell_that_takes_too_long(port: int) -> None:
    with pytest.raises(ContainerError, match="does not run the cell"):
        run_cell(port, TOKEN, "import time; time.sleep(60)", timeout=1)


def test_a_kernel_that_dies(port: int) -> None:
    with pytest.raises(ContainerError, match="died"):
        run_cell(port, TOKEN, "import os; os._exit(1)", timeout=30)


def test_a_wrong_token(port: int) -> None:
    with pytest.raises(ContainerError) as failed:
        run_cell(port, "wrong", "1")
    assert "403" in failed.value.code


def test_nobody_there() -> None:
    with pytest.raises(ContainerError) as failed:
        run_cell(unused_port(), TOKEN, "1")
    assert "refused" in failed.value.code.lower()
