"""JupyterLab in the container stand-in, reached as the product reaches it."""

from __future__ import annotations

import http.client
import json

from tests.rehearsal_guests.conftest import Lodge, wait

SCRIPT = """#!/bin/sh
JUPYTER_TOKEN=$(cat "$CLOUDGPU_TOKEN_FILE"); export JUPYTER_TOKEN
exec python3 -m jupyterlab --no-browser --allow-root --ServerApp.ip="${CLOUDGPU_IP:-0.0.0.0}" \\
  --ServerApp.port="${CLOUDGPU_PORT:-8888}" --ServerApp.port_retries=0 --ServerApp.root_dir="$CLOUDGPU_ROOT"
"""
NEWS = "@jupyterlab/apputils-extension:notification"
RUN = """docker run --detach --name lab --gpus all --restart unless-stopped --init --label cloudgpu=1
 --publish 127.0.0.1:8888:8888 --volume $HOME/notebooks:/workspace --volume $HOME/start.sh:/opt/cg/start.sh:ro
 --volume $HOME/token:/run/cg/token:ro --env CLOUDGPU_TOKEN_FILE=/run/cg/token --env CLOUDGPU_PORT=8888
 --env CLOUDGPU_ROOT=/workspace --workdir /workspace --shm-size 8g --user 0:0 --entrypoint sh
 jupyter:1 /opt/cg/start.sh""".replace("\n", "")


def test_jupyterlab_runs_answers_and_is_gone_with_its_container(lodge: Lodge) -> None:
    lodge.run("mkdir notebooks; cat > start.sh", stdin=SCRIPT)
    lodge.run("umask 077; printf secret > token; touch notebooks/here.txt")
    assert lodge.run(RUN).returncode == 0
    with lodge.forwarding("127.0.0.1:8888") as port:
        wait(lambda: _get(port, "/api")[0] == 200, within=60)
        assert _get(port, "/api/status")[0] == 403
        assert _get(port, "/api/status", "wrong")[0] == 403
        status, answer = _get(port, "/api/contents", "secret")
        assert (status, [one["name"] for one in json.loads(answer)["content"]]) == (200, ["here.txt"])
        settings = json.loads(_get(port, f"/lab/api/settings/{NEWS}", "secret")[1])
        assert settings["schema"]["properties"]["fetchNews"]["default"] == "false"
        found = lodge.run("docker exec lab sh -c 'cat \"$(jupyter --runtime-dir)\"/jpserver-*.json'")
        assert json.loads(found.stdout)["token"] == "secret"
        assert lodge.run("docker stop -t 10 lab").returncode == 0
        assert _get(port, "/api")[0] == 0
    lodge.run("docker rm lab")


def _get(port: int, path: str, token: str = "") -> tuple[int, bytes]:
    """Status 0: the connection was closed without an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"Authorization": f"token {token}"} if token else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
