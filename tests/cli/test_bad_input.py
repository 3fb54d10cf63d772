"""Bad input gets a clear answer: the right status, what happened, what to type next, and no traceback."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from cloudgpu.errors import MachineError
from tests.cli.conftest import Cli

# arguments, exit status, words that the answer has
TABLE: list[tuple[list[str], int, list[str]]] = [
    (["frobnicate"], 2, ["No such command"]),
    (["lunch"], 2, ["Did you mean launch?"]),
    (["launch", "--gpuu", "T4"], 2, ["--gpu"]),
    (["launch", "x", "--yes"], 2, ["Which cloud?", "--provider gcp"]),
    (["launch", "x", "--provider", "nowhere", "--yes"], 2, ["nowhere", "aws"]),
    (["launch", "x", "--provider", "gpc", "--yes"], 2, ["Did you mean gcp?"]),
    (["launch", "x", "--provider", "gcp", "--gpu", "Z9", "--yes"], 2, ["Z9"]),
    (["launch", "x", "--provider", "gcp", "--gpu", "H1000"], 2, ["Did you mean H100"]),
    (["launch", "x", "--provider", "gcp", "--gpu", "T4:none"], 2, ["number of GPUs"]),
    (["launch", "X Y!", "--provider", "gcp"], 2, ["cannot be the name", "cloudgpu launch x-y"]),
    (["launch", "a" * 60, "--provider", "aws"], 2, ["at most 40"]),
    (["launch", "x", "--provider", "gcp", "--image", "pytoch"], 2, ["Did you mean", "pytorch"]),
    (["launch", "x", "--provider", "gcp", "--image", "Not An Image"], 2, ["not an image reference"]),
    (["launch", "x", "--provider", "gcp", "--max-price", "cheap"], 2, ["not a price"]),
    (["launch", "x", "--provider", "gcp", "--max-price", "-1"], 2, ["not a price"]),
    (["launch", "x", "--provider", "gcp", "--max-price", "nan"], 2, ["not a price"]),
    (["launch", "x", "--provider", "gcp", "--max-lifetime", "soon"], 2, ["not a duration", "8h"]),
    (["launch", "x", "--provider", "gcp", "--max-lifetime", "0h"], 2, ["no time at all"]),
    (["launch", "x", "--provider", "gcp", "--ssh-cidr", "my house"], 2, ["not an address range"]),
    (["launch", "x", "--provider", "gcp", "--ssh-cidr", "0.0.0.0/0"], 2, ["whole world"]),
    (["launch", "x", "--provider", "gcp", "--disk-size", "5"], 2, ["5"]),
    (["launch", "x", "--provider", "gcp", "--port", "80"], 2, ["80"]),
    (["launch", "x", "--provider", "aws", "--project", "p"], 2, ["--project means nothing to aws"]),
    (["launch", "x", "--provider", "gcp", "--profile", "p"], 2, ["--profile means nothing to gcp"]),
    (["launch", "x", "--provider", "gcp", "--open"], 2, ["--tunnel --open"]),
    (["launch", "x", "--provider", "gcp", "--startup-script", "/nowhere/setup.sh"], 2, ["/nowhere/setup.sh"]),
    (["launch", "x", "--provider", "gcp", "--startup-script", "/dev/null"], 2, ["/dev/null", "begin with #!"]),
    (["destroy", "no-such-instance", "--yes"], 6, ["no-such-instance", "ps --refresh"]),
    (["destroy"], 6, ["There is no instance"]),
    (["destroy", "x", "--all"], 2, ["exclude each other"]),
    (["tunnel", "no-such-instance"], 6, ["no-such-instance"]),
    (["tunnel", "--stop", "--status"], 2, ["exclude each other"]),
    (["tunnel", "x", "--engine", "pigeon"], 2, ["pigeon"]),
    (["status"], 6, ["There is no instance"]),
    (["start"], 6, ["There is no instance"]),
    (["start", "x", "--ssh-cidr", "0.0.0.0/0"], 2, ["whole world"]),
    (["offers", "--gpu", "Z9"], 2, ["Z9", "Known are"]),
    (["offers", "--provider", "gpc"], 2, ["Did you mean gcp?"]),
    (["offers", "--max-price", "cheap"], 2, ["not a price", "cloudgpu offers --max-price"]),
    (["offers", "--max-price", "0"], 2, ["not a price"]),
    (["offers", "--provider", "aws", "--project", "p"], 2, ["--project means nothing to aws"]),
    (["offers", "--provider", "gcp", "--profile", "p"], 2, ["--profile means nothing to gcp"]),
    (["rehearsal", "faults", "--add", "{"], 2, ["not JSON"]),
    (["rehearsal", "faults", "--add", "[]"], 2, ["not a JSON object"]),
    (["completion", "tcsh"], 2, ["tcsh"]),
]


@pytest.mark.parametrize(
    ("args", "status", "words"),
    TABLE,
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else str(value),
)
def test_wrong_input(cli: Cli, args: list[str], status: int, words: list[str]) -> None:
    done = cli(*args)
    assert done.status == status, done.stderr
    assert done.stdout == ""
    assert not [word for word in words if word not in done.stderr], done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("provider", "words"),
    [("gcp", ["credentials", "gcloud auth application-default login"]), ("aws", ["credentials", "aws"])],
)
def test_no_credentials(cli: Cli, provider: str, words: list[str]) -> None:
    done = cli("launch", "x", "--provider", provider, "--gpu", "T4", "--yes")
    assert done.status == 5, done.stderr
    assert not [word for word in words if word not in done.stderr], done.stderr
    assert cli("ps", "--json").stdout.strip() == "[]"


def test_half_credentials(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAHALF")
    done = cli("launch", "x", "--provider", "aws", "--gpu", "T4", "--yes")
    assert done.status == 5, done.stderr
    assert "Traceback" not in done.stderr


def test_no_route_to_the_cloud(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    done = cli("launch", "x", "--provider", "aws", "--gpu", "T4", "--yes")
    assert done.status == 1, done.stderr
    assert "127.0.0.1:9" in done.stderr


def test_a_traceback_only_with_verbose(cli: Cli) -> None:
    assert "Traceback" in cli("-v", "destroy", "no-such-instance", "--yes").stderr


def test_a_state_folder_that_is_a_file(cli: Cli, home: Path) -> None:
    home.write_text("in the way")
    done = cli("ps")
    assert done.status == 1
    assert "not a folder" in done.stderr
    assert "CLOUDGPU_HOME" in done.stderr


def test_nobody_says_yes_without_a_terminal(cli: Cli, home: Path) -> None:
    from cloudgpu.model import Origin
    from cloudgpu.store import paths
    from cloudgpu.store.sqlite import SqliteStore

    store = SqliteStore(paths.prepare(home), say=print)
    for name in ("one", "two"):
        store.reserve(name, f"c-{name}", Origin("gcp"))
    store.close()
    done = cli("destroy", "one")
    assert done.status == 2
    assert "cloudgpu destroy one --yes" in done.stderr
    done = cli("tunnel")
    assert done.status == 2
    assert "one, two" in done.stderr
    assert "Did you mean two?" in cli("status", "twoo").stderr


def test_ctrl_c_is_130(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from cloudgpu.store import paths

    def interrupt(home: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(paths, "prepare", interrupt)
    done = cli("ps")
    assert done.status == 130
    assert "Interrupted" in done.stderr


@pytest.mark.parametrize(
    "meanwhile", [MachineError("The connection was lost.", remedy="wait"), BrokenPipeError(errno.EPIPE, "broken pipe")]
)
def test_ctrl_c_is_130_also_where_something_breaks_on_the_way_out(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, meanwhile: Exception
) -> None:
    from cloudgpu.store import paths

    def interrupted(home: Path) -> Path:
        try:
            raise KeyboardInterrupt
        finally:
            raise meanwhile

    monkeypatch.setattr(paths, "prepare", interrupted)
    assert cli("ps").status == 130


def test_a_pipe_that_breaks_by_itself_is_no_interruption(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from cloudgpu.store import paths

    def broken(home: Path) -> Path:
        raise BrokenPipeError(errno.EPIPE, "broken pipe")

    monkeypatch.setattr(paths, "prepare", broken)
    assert cli("ps").status == 1
