"""What the startup script tells of itself, by its files and on the console."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cloudgpu.model import StepTime
from cloudgpu.rules import stages, startup_log
from cloudgpu.rules.console import news
from cloudgpu.rules.startup_log import Startup

FAILED = ["docker 17 100", "cloudgpu startup: running docker", "E: Failed to fetch x  503"]


def ask(folder: Path, *argv: str) -> str:
    env = os.environ | {"CLOUDGPU_STATE_DIR": str(folder), "CLOUDGPU_LOG": str(folder / "log")}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_script_that_has_not_begun(tmp_path: Path) -> None:
    assert startup_log.read(ask(tmp_path, *startup_log.PROBE)) == Startup("running", "boot")


def test_a_stage_with_its_newest_line(tmp_path: Path) -> None:
    (tmp_path / "status").write_text("running docker\n")
    os.utime(tmp_path / "status", (0, os.stat(tmp_path).st_mtime - 300))
    (tmp_path / "log").write_text("cloudgpu startup: running docker\nGet:1 x\n 10% [Working]\r 20% [Unpacking]\r\n")
    seen = startup_log.read(ask(tmp_path, *startup_log.PROBE))
    assert (seen.word, seen.stage, seen.newest) == ("running", "docker", "20% [Unpacking]")
    assert seen.seconds >= 300
    assert startup_log.told(seen).startswith("docker (usually takes 20-60 seconds; 5 min so far): 20%")


def test_its_own_lines_are_no_news(tmp_path: Path) -> None:
    (tmp_path / "status").write_text("running docker\n")
    (tmp_path / "log").write_text("x\ncloudgpu startup: running docker\n")
    assert startup_log.told(startup_log.read(ask(tmp_path, *startup_log.PROBE))) == "docker"


@pytest.mark.parametrize("log", ["", "cloudgpu startup: failed docker 17\n"])
def test_a_failure_with_its_log(tmp_path: Path, log: str) -> None:
    (tmp_path / "status").write_text("failed docker 17\n")
    (tmp_path / "log").write_text(log)
    (tmp_path / "failure").write_text("\n".join(FAILED) + "\n")
    seen = startup_log.read(ask(tmp_path, *startup_log.PROBE))
    assert (seen.word, seen.stage, seen.line, seen.failure) == ("failed", "docker", "17", "\n".join(FAILED[1:]))


def test_a_failure_without_its_file_has_the_end_of_the_log(tmp_path: Path) -> None:
    (tmp_path / "status").write_text("failed docker 17\n")
    (tmp_path / "log").write_text("".join(f"line {number}\n" for number in range(60)))
    seen = startup_log.read(ask(tmp_path, *startup_log.PROBE))
    assert seen.failure.splitlines() == [f"line {number}" for number in range(20, 60)]


def test_the_times_of_a_script_that_is_done(tmp_path: Path) -> None:
    (tmp_path / "status").write_text("done\n")
    (tmp_path / "log").write_text("Setting up docker-ce\ncloudgpu startup: done\n")
    (tmp_path / "stages").write_text(
        "lifetime 1 0.3 done\ndocker 2 9.0 failed\nlifetime 7 0.1 done\ndocker 8 46.2 done\nhalf a li\n"
    )
    seen = startup_log.read(ask(tmp_path, *startup_log.PROBE))
    assert seen.times == (StepTime("lifetime", 0.1), StepTime("docker", 46.2))


def test_the_log_in_pieces(tmp_path: Path) -> None:
    assert startup_log.split(ask(tmp_path, *startup_log.piece(0))) == (Startup("running", "boot"), 0, "")
    (tmp_path / "status").write_text("running docker\n")
    (tmp_path / "log").write_text("one\ntwo")
    seen, size, text = startup_log.split(ask(tmp_path, *startup_log.piece(0)))
    assert (seen.stage, size, text) == ("docker", 7, "one\ntwo")
    with (tmp_path / "log").open("a") as log:
        log.write(" three\n")
    assert startup_log.split(ask(tmp_path, *startup_log.piece(7)))[1:] == (14, " three\n")
    assert startup_log.split(ask(tmp_path, *startup_log.piece(14)))[1:] == (14, "")


GOOGLE = "[   31.5] google_metadata_script_runner[921]: startup-script: "


@pytest.mark.parametrize(
    ("console", "seen"),
    [
        ([], None),
        (["Booting", "login:"], None),
        (["cloudgpu startup: running docker", "[ 9.1] docker0: link is up"], Startup("running", "docker")),
        ([f"{GOOGLE}cloudgpu startup: running quiet"], Startup("running", "quiet")),
        (["cloudgpu startup: running quiet", "cloudgpu startup: done"], Startup("done")),
        (
            ["cloudgpu startup: failed docker 17", *(f"cloudgpu startup| {line}" for line in FAILED), "login:"],
            Startup("failed", "docker", "17", failure="\n".join(FAILED[1:])),
        ),
        (["cloudgpu startup: failed docker 17"], Startup("failed", "docker", "17")),
        (
            ["cloudgpu startup: failed docker 17", "cloudgpu startup| x", "cloudgpu startup: running lifetime"],
            Startup("running", "lifetime"),
        ),
    ],
)
def test_the_newest_of_its_own_lines_on_the_console_counts(console: list[str], seen: Startup | None) -> None:
    assert startup_log.on_console(console) == seen


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("mkfs: No space left on device", "--disk-size 200"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "--disk-size 200"),
        ("E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (apt-get)", "lock of apt"),
        ("E: Unable to acquire the dpkg frontend lock", "lock of apt"),
        ("Temporary failure resolving 'archive.ubuntu.com'", "--network default"),
        ("curl: (6) Could not resolve host: download.docker.com", "--network default"),
        ("E: Failed to fetch http://x  Hash Sum mismatch", "once more"),
        ("curl: (22) The requested URL returned error: 503", "once more"),
        ("modprobe: ERROR: could not insert 'nvidia': Key was rejected by service", "--machine-image"),
        ("E: Unable to locate package linux-modules-nvidia-580-server-open-6.1", "--machine-image"),
        ("toomanyrequests: You have reached your pull rate limit.", "--image"),
        ("Error response from daemon: manifest unknown: manifest unknown", "Is the image's name right?"),
        ("something else", "--zone ZONE"),
    ],
)
def test_what_it_said_last_tells_the_remedy(words: str, remedy: str) -> None:
    assert remedy in startup_log.remedy(Startup("failed", "docker", failure=f"x\n{words}\ny"), "otter")


@pytest.mark.parametrize(
    ("stage", "seconds", "slow", "over"),
    [
        ("docker", 59, "", ""),
        ("driver", 240, "usually takes 1-3 minutes; 4 min so far", ""),
        ("docker", 75, "usually takes 20-60 seconds; 75 s so far", ""),
        ("user", 9, "", ""),
        ("user", 61, "usually takes a moment; 61 s so far", "stage user took more than 60 s (usually a moment)"),
        ("nvme", 12, "usually takes up to 10 seconds; 12 s so far", ""),
        ("unheard-of", 130, "usually takes up to 2 minutes; 2 min so far", ""),
    ],
)
def test_a_stage_that_takes_long_is_named_with_what_is_usual(stage: str, seconds: float, slow: str, over: str) -> None:
    assert stages.slowness(stage, seconds) == slow
    assert stages.too_long(stage, seconds) == over


def test_every_stage_has_a_figure_with_a_source() -> None:
    assert [one.name for one in stages.STAGES if not one.source or one.within <= one.usually[1]] == []


@pytest.mark.parametrize(
    ("before", "now", "new"),
    [
        ("", "abc", "abc"),
        ("abc", "abcdef", "def"),
        ("abc", "abc", ""),
        ("x" * 300 + "abc", "x" * 300 + "abcde", "de"),
        ("0" * 400 + "".join(map(str, range(200))), "".join(map(str, range(200))) + "new", "new"),
        ("an earlier boot", "another one", "another one"),
    ],
)
def test_what_is_new_on_a_console_of_which_only_the_end_is_kept(before: str, now: str, new: str) -> None:
    assert news(before, now) == new
