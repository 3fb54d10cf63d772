"""Running one cell in a Jupyter kernel, through a forward."""

from __future__ import annotations

import http.client
import json
import re
import time
import uuid
from contextlib import suppress
from typing import Any

from cloudgpu.errors import ContainerError

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_REMEDY = "cloudgpu status  # then open the notebook and run the cell there"


def run_cell(port: int, token: str, code: str, *, timeout: float = 60) -> str:
    """The text that the code prints and its value's text, run in a kernel of its own on 127.0.0.1:`port`.

    ContainerError where the cell raises (code: the exception's name, details: the traceback), where the kernel dies,
    where Jupyter does not answer, and after `timeout` seconds.
    """
    import websocket

    authorization = {"Authorization": f"token {token}"}
    try:
        kernel = json.loads(_ask(port, "POST", "/api/kernels", authorization))["id"]
        try:
            socket = websocket.create_connection(
                f"ws://127.0.0.1:{port}/api/kernels/{kernel}/channels?session_id={uuid.uuid4().hex}",
                header=authorization,
                timeout=timeout,
                suppress_origin=True,
                http_no_proxy=["127.0.0.1"],
            )
            try:
                return _run(socket, code, timeout)
            finally:
                socket.close()
        finally:
            with suppress(OSError, http.client.HTTPException):  # what the cell did is more than how its kernel ended
                _ask(port, "DELETE", f"/api/kernels/{kernel}", authorization)
    except (OSError, ValueError, http.client.HTTPException, websocket.WebSocketException) as error:
        raise ContainerError(
            "Jupyter does not run the cell.", code=str(error) or type(error).__name__, remedy=_REMEDY
        ) from error


def _ask(port: int, method: str, path: str, headers: dict[str, str]) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        if response.status >= 400:
            raise ConnectionError(f"{method} /api/kernels: {response.status} {response.reason}")
        return body
    finally:
        connection.close()


def _run(socket: Any, code: str, timeout: float) -> str:
    asked = uuid.uuid4().hex
    socket.send(json.dumps(_request(asked, code)))
    text: list[str] = []
    replied = idle = False
    until = time.monotonic() + timeout
    while not (replied and idle):
        socket.settimeout(max(0.01, until - time.monotonic()))
        message = json.loads(socket.recv())
        kind, content = message["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] in ("dead", "restarting"):
            raise ContainerError("The kernel died while it ran the cell.", details="".join(text), remedy=_REMEDY)
        if message["parent_header"].get("msg_id") != asked:
            continue
        if kind == "stream":
            text.append(content["text"])
        elif kind in ("execute_result", "display_data"):
            text.append(content["data"].get("text/plain", ""))
        elif kind == "error":
            raise ContainerError(
                f"The cell failed: {content['ename']}: {content['evalue']}",
                code=content["ename"],
                details=_COLOUR.sub("", "\n".join(content["traceback"])),
                remedy=_REMEDY,
            )
        replied = replied or kind == "execute_reply"
        idle = idle or (kind == "status" and content["execution_state"] == "idle")
    return "".join(text)


def _request(identity: str, code: str) -> dict[str, object]:
    header = {"msg_id": identity, "msg_type": "execute_request", "username": "", "session": identity, "version": "5.3"}
    content = {
        "code": code,
        "silent": False,
        "store_history": False,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": True,
    }
    return {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}
