"""The docker stand-in says what docker says."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cloudgpu.rehearsal.guests.stand_ins.inside import rewritten
from tests.rehearsal_guests.conftest import Lodge, wait

IMAGE = "quay.io/jupyter/pytorch-notebook:cuda12-latest"
SERVER = "sudo -n docker run --detach --name"


@pytest.fixture(autouse=True)
def _clean(lodge: Lodge) -> Iterator[None]:
    yield
    lodge.faults.clear()
    lodge.here('for one in $(docker ps -aq); do docker rm -f "$one"; done')


def test_pull_says_in_so_many_words_that_it_is_a_rehearsal(lodge: Lodge) -> None:
    first, second = lodge.run(f"sudo -n docker pull {IMAGE}"), lodge.here(f"docker pull {IMAGE}")
    assert f"Status: Downloaded newer image for {IMAGE}" in first.stdout
    assert f"Status: Image is up to date for {IMAGE}" in second.stdout
    for part in ("WARNING: this is a rehearsal", "stands for the container image", IMAGE, "GPU are not exercised"):
        assert part in first.stderr


def test_an_image_is_described(lodge: Lodge) -> None:
    lodge.here(f"docker pull {IMAGE}")
    assert lodge.here(f"docker image inspect -f '{{{{json .Config.Entrypoint}}}}' {IMAGE}").stdout == "null\n"
    missing = lodge.here("docker image inspect nowhere")
    assert (missing.returncode, missing.stdout) == (1, "[]\n")
    assert "No such image: nowhere:latest" in missing.stderr


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ("run --foo img", 125, "unknown flag: --foo\n"),
        ("run -Z img", 125, "unknown shorthand flag: 'Z' in -Z"),
        ("run --name", 125, "flag needs an argument: --name"),
        ("pull --foo img", 125, "Run 'docker pull --help' for more information"),
        ("frobnicate", 1, "docker: unknown command: docker frobnicate"),
        ("pull", 1, "'docker pull' requires 1 argument"),
        ("logs", 1, "'docker logs' requires 1 argument"),
        ("exec nb", 1, "'docker exec' requires at least 2 arguments"),
        ("pull FOO", 1, "invalid reference format: repository name (library/FOO) must be lowercase"),
        ("run FOO true", 125, "docker: invalid reference format: repository name"),
        ("pull a@b", 1, "invalid reference format"),
        ("run -p a:b img true", 125, "docker: invalid containerPort: b"),
        ("run -v x/y:/z img true", 125, "includes invalid characters for a local volume name"),
        ("run -v /a:b img true", 125, "mount path must be absolute"),
        ("run -v /nowhere/here:/z img true", 125, "error while creating mount source path '/nowhere/here'"),
        ("run --restart maybe img true", 125, "invalid restart policy"),
        ("run --env-file /none img true", 125, "open /none: no such file or directory"),
        ("run --name 'a b' img true", 125, "Invalid container name (a b)"),
        ("run img", 125, "no command specified"),
        ("run --rm img no-such-program", 127, 'exec: "no-such-program": executable file not found in $PATH'),
        ("logs nb", 1, "Error response from daemon: No such container: nb"),
        ("stop nb", 1, "No such container: nb"),
        ("rm nb", 1, "No such container: nb"),
        ("inspect nb", 1, "Error: No such object: nb"),
        ("ps --filter x", 125, "bad format of filter"),
        ("ps --format '{{.Nope}}'", 0, ""),
    ],
)
def test_refusals_in_dockers_words(lodge: Lodge, command: str, status: int, words: str) -> None:
    done = lodge.here(f"docker {command}")
    assert done.returncode == status, done.stderr
    assert words in done.stderr


def test_a_gpu_is_there_only_when_asked_for(lodge: Lodge) -> None:
    assert "Tesla T4 (rehearsal)" in lodge.here(f"docker run --rm --gpus all {IMAGE} nvidia-smi -L").stdout
    assert lodge.here(f"docker run --rm {IMAGE} nvidia-smi -L").returncode == 127


def test_a_command_in_a_container_has_its_status_input_and_environment(lodge: Lodge) -> None:
    assert lodge.here(f"docker run --rm {IMAGE} sh -c 'exit 5'").returncode == 5
    assert lodge.here(f"docker run --rm -i {IMAGE} cat", stdin="typed").stdout == "typed"
    seen = lodge.here(f"docker run --rm -e A=1 {IMAGE} env").stdout
    assert "A=1\n" in seen
    assert "HOME=" in seen and f"HOME={lodge.folder}/home\n" not in seen


def test_mounts_are_where_the_container_expects_them(lodge: Lodge) -> None:
    lodge.here("mkdir -p data; echo there > data/file")
    home = lodge.here("pwd").stdout.strip()
    command = f"docker run --rm -v {home}/data:/mnt/in:ro -w /mnt/in -e WHERE=/mnt/in {IMAGE}"
    assert lodge.here(f"{command} sh -c 'cat /mnt/in/file $WHERE/file; cat file'").stdout == "there\n" * 3


def test_only_whole_paths_are_rewritten() -> None:
    mounts = [{"destination": "/w", "source": "/real"}, {"destination": "/w/deep", "source": "/other"}]
    assert rewritten("/w:/w/deep/x:/ww:a/w:'/w' /w.txt", mounts) == "/real:/other/x:/ww:a/w:'/real' /w.txt"


def test_a_detached_container_lives_on_and_can_be_looked_at(lodge: Lodge) -> None:
    started = lodge.run(f"{SERVER} nb --label cloudgpu=1 {IMAGE} sh -c 'echo begun; exec sleep 1000'")
    id = started.stdout.strip()
    assert len(id) == 64
    assert lodge.here("docker ps --filter label=cloudgpu=1 --format '{{.Names}} {{.State}}'").stdout == "nb running\n"
    assert lodge.here("docker ps -q --filter label=cloudgpu=2").stdout == ""
    assert lodge.here("docker ps -q --filter name=nb").stdout == f"{id[:12]}\n"
    assert lodge.here("docker inspect -f '{{.State.Running}} {{.Name}}' nb").stdout == "true /nb\n"
    wait(lambda: lodge.here("docker logs --tail 1 nb").stdout == "begun\n")
    assert lodge.here("docker exec nb sh -c 'echo $((6*7))'").stdout == "42\n"
    assert lodge.here("docker rm nb").returncode == 1
    assert lodge.here("docker stop nb").stdout == "nb\n"
    assert lodge.here("docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' nb").stdout == "exited 143\n"
    assert "is not running" in lodge.here("docker exec nb true").stderr
    assert lodge.here("docker rm nb").stdout == "nb\n"


def test_a_name_and_a_port_can_be_had_once(lodge: Lodge) -> None:
    lodge.here(f"{SERVER} one -p 127.0.0.1:8888:8888 {IMAGE} sleep 1000")
    name = lodge.here(f"{SERVER} one {IMAGE} sleep 1000")
    assert name.returncode == 125
    assert 'The container name "/one" is already in use by container' in name.stderr
    port = lodge.here(f"{SERVER} two -p 8888:8888 {IMAGE} sleep 1000")
    assert port.returncode == 125
    assert "Bind for 0.0.0.0:8888 failed: port is already allocated" in port.stderr
    assert lodge.here("docker ps -a --format '{{.Names}}:{{.State}}'").stdout == "two:created\none:running\n"


def test_a_restart_policy_is_kept(lodge: Lodge) -> None:
    lodge.here(f"{SERVER} again --restart unless-stopped {IMAGE} sh -c 'echo run; sleep 0.1; exit 1'")
    wait(lambda: lodge.here("docker logs again").stdout.count("run") >= 3)
    assert json.loads(lodge.here("docker inspect again").stdout)[0]["RestartCount"] >= 2
    lodge.here("docker stop again")
    assert lodge.here("docker inspect -f '{{.State.Status}}' again").stdout == "exited\n"


def test_logs_can_be_followed_to_the_end(lodge: Lodge) -> None:
    lodge.here(f"{SERVER} short {IMAGE} sh -c 'echo one; sleep 0.5; echo two'")
    assert lodge.here("docker logs -f short").stdout == "one\ntwo\n"


def test_a_fault_strikes_where_it_was_set(lodge: Lodge) -> None:
    lodge.faults.add(
        {
            "cloud": "guest",
            "operation": "docker pull",
            "effect": "error",
            "match": {"image": IMAGE},
            "message": "toomany",
        }
    )
    assert lodge.here("docker pull other").returncode == 0
    struck = lodge.here(f"docker pull {IMAGE}")
    assert (struck.returncode, struck.stderr) == (1, "toomany\n")
    assert lodge.here(f"docker pull {IMAGE}").returncode == 0
    lodge.faults.add(
        {"cloud": "guest", "operation": "docker run", "effect": "error", "code": "no space left on device"}
    )
    assert "no space left on device" in lodge.here(f"docker run --rm {IMAGE} true").stderr


def test_the_engine_tells_its_version_and_what_it_is(lodge: Lodge) -> None:
    assert lodge.here("sudo -n docker info --format '{{.ServerVersion}}'").stdout == "28.2.2\n"
    assert '"nvidia"' in lodge.here("docker info -f '{{json .Runtimes}}'").stdout
    assert "cloudgpu rehearsal" in lodge.here("docker version").stdout
