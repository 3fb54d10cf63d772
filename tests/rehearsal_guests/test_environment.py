"""The Python that stands for an image: by uv, by pip, or linked; made once, never half."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cloudgpu.errors import ContainerError
from cloudgpu.rehearsal.guests import environment
from cloudgpu.rehearsal.guests.stand_ins.overlay import lay


def _wheel(folder: Path, name: str, version: str) -> None:
    """An empty package with a module of its name."""
    files = {
        f"{name}/__init__.py": b"",
        f"{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{name}-{version}.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digest = {
        path: base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=").decode()
        for path, text in files.items()
    }
    record = "".join(f"{path},sha256={digest[path]},{len(text)}\n" for path, text in files.items())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in {**files, f"{name}-{version}.dist-info/RECORD": record.encode()}.items():
            archive.writestr(path, text)
    file = f"{name}-{version}-py3-none-any.whl"
    (folder / name).mkdir(parents=True)
    (folder / name / file).write_bytes(buffer.getvalue())
    (folder / name / "index.html").write_text(f'<a href="{file}">{file}</a>')


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package registry on loopback with just what is asked for."""
    for requirement in environment.requirements():
        name, _, version = requirement.partition("==")
        _wheel(tmp_path / "simple", name, version)
    for name in ("pip", "setuptools", "wheel"):
        _wheel(tmp_path / "simple", name, "99.0")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    _use(monkeypatch, tmp_path, f"http://127.0.0.1:{server.server_port}/simple")
    yield
    server.shutdown()
    server.server_close()
    thread.join()


def _use(monkeypatch: pytest.MonkeyPatch, folder: Path, index: str) -> None:
    (folder / "nothing.toml").touch()
    settings = {
        "UV_DEFAULT_INDEX": index, "UV_CACHE_DIR": str(folder / "uv"), "UV_CONFIG_FILE": str(folder / "nothing.toml"),
        "PIP_INDEX_URL": index, "PIP_CONFIG_FILE": "/dev/null", "PIP_CACHE_DIR": str(folder / "pip"),
        "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for name in (
        "PIP_FIND_LINKS",
        "PIP_EXTRA_INDEX_URL",
        "UV_INDEX",
        "UV_FIND_LINKS",
        "UV_INDEX_URL",
        "UV_EXTRA_INDEX_URL",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("registry")
def test_uv_makes_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDGPU_CACHE", str(tmp_path / "cache"))
    made = environment.ensure()
    assert made.maker == "uv"
    assert Path(made.packages[0], "jupyterlab").is_dir()
    assert environment.ensure() == made
    kept = sorted(one.name for one in (tmp_path / "cache/rehearsal").iterdir())
    assert len(kept) == 3, kept


@pytest.mark.usefixtures("registry")
def test_two_at_once_get_the_same_one(tmp_path: Path) -> None:
    found: list[environment.Environment] = []
    threads = [threading.Thread(target=lambda: found.append(environment.ensure(tmp_path / "cache"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert found[0] == found[1]


@pytest.mark.usefixtures("registry")
def test_pip_where_there_is_no_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    assert environment.ensure(tmp_path / "cache").maker == "pip"


@pytest.mark.usefixtures("registry")
def test_half_of_one_is_made_anew(tmp_path: Path) -> None:
    made = environment.ensure(tmp_path)
    Path(made.prefix, "cloudgpu.json").unlink()
    again = environment.ensure(tmp_path)
    assert again.prefix != made.prefix
    assert not Path(made.prefix).exists()


def test_without_a_registry_it_is_linked_to_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, tmp_path, "http://127.0.0.1:9/simple")
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.setattr(environment, "_makers", lambda _: [("uv", [["false"]]), ("pip", [["no-such-program"]])])
    monkeypatch.setenv("CLOUDGPU_CACHE", str(tmp_path / "cache"))
    shared = environment.Shared()
    made = shared()
    assert made.maker == "linking what is installed here"
    assert shared() is made


def test_a_container_gets_a_python_of_its_own_over_it(tmp_path: Path) -> None:
    made = environment.linked()
    described = {name: getattr(made, name) for name in made.__slots__}
    lay(described, tmp_path / "env")
    python = str(tmp_path / "env/bin/python3")
    asked = "import sys, sysconfig, ipykernel; print(sys.prefix, sysconfig.get_path('purelib'))"
    answer = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True, env={}).stdout.split()
    assert answer[0] == str(tmp_path / "env")
    assert answer[1].startswith(answer[0])


def test_nothing_to_link_to_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "find_spec", lambda _: None)
    with pytest.raises(ContainerError) as caught:
        environment.linked()
    assert "pip install" in caught.value.remedy


def test_a_cache_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ContainerError) as caught:
        environment.ensure(tmp_path / "file" / "cache")
    assert "CLOUDGPU_CACHE" in caught.value.remedy


def test_asking_for_the_requirements_costs_no_import() -> None:
    program = "import sys, cloudgpu.rehearsal.guests.environment; assert 'jupyterlab' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
