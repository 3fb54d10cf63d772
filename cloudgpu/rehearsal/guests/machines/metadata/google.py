"""Compute Engine's metadata server: recursive answers, waiting for changes, guest attributes."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from cloudgpu.rehearsal.guests.machines import names
from cloudgpu.rehearsal.guests.machines.machine import Machine
from cloudgpu.rehearsal.guests.machines.metadata.answers import Answer, Asked

_FLAVOUR = {"Metadata-Flavor": "Google", "Server": "Metadata Server for VM"}
_PREFIX = "/computeMetadata/v1"
_ATTRIBUTES = f"{_PREFIX}/instance/guest-attributes/"
_LOOK_SECONDS = 0.1


class Google:
    """`stop` ends those who wait for a change."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def put(self, machine: Machine, asked: Asked) -> Answer:
        """Publish a guest attribute, where the metadata allow that."""
        if asked.header("Metadata-Flavor") != "Google":
            return Answer(403, headers=_FLAVOUR)
        if not asked.path.startswith(_ATTRIBUTES):
            return Answer(405, headers=_FLAVOUR)
        if machine.identity.attributes().get("enable-guest-attributes", "").upper() != "TRUE":
            return Answer(403, "Guest attributes endpoint access is disabled.", headers=_FLAVOUR)
        machine.attributes[asked.path.removeprefix(_ATTRIBUTES)] = asked.body.decode(errors="replace")
        return Answer(200, headers=_FLAVOUR)

    def get(self, machine: Machine, asked: Asked) -> Answer:
        if asked.path in ("", "/"):
            return Answer(200, "computeMetadata/\n", headers=_FLAVOUR)
        if asked.header("Metadata-Flavor") != "Google":
            return Answer(403, headers=_FLAVOUR)
        if asked.path.startswith(_ATTRIBUTES):
            found = machine.attributes.get(asked.path.removeprefix(_ATTRIBUTES))
            return Answer(404, headers=_FLAVOUR) if found is None else Answer(200, found, headers=_FLAVOUR)
        until = time.monotonic() + _seconds(asked)
        answer = self._now(machine, asked)
        while answer.headers.get("ETag") == asked.query.get("last_etag", "") and time.monotonic() < until:
            if self._stop.wait(_LOOK_SECONDS) or not machine.is_on:
                break
            answer = self._now(machine, asked)
        return answer

    def _now(self, machine: Machine, asked: Asked) -> Answer:
        node: Any = _tree(machine)
        for part in asked.path.removeprefix(_PREFIX).split("/"):
            if isinstance(node, list) and part.isdigit() and int(part) < len(node):
                node = node[int(part)]
            elif isinstance(node, Mapping) and part in node:
                node = node[part]
            elif part:
                return Answer(404, headers=_FLAVOUR)
        return _written(node, asked)


def _seconds(asked: Asked) -> float:
    """For how long the answer may wait; for ever, where nothing is said."""
    if asked.query.get("wait_for_change", "").lower() != "true":
        return 0.0
    with suppress(ValueError):
        return float(asked.query.get("timeout_sec", "inf"))
    return 0.0


def _written(node: Any, asked: Asked) -> Answer:
    if not isinstance(node, (Mapping, list)):
        body, kind = str(node), "application/text"
    elif asked.query.get("recursive", "").lower() == "true":
        whole = node if "/attributes" in asked.path else _camel(node)
        body, kind = json.dumps(whole), "application/json"
    else:
        pairs = enumerate(node) if isinstance(node, list) else node.items()
        body = "".join(f"{key}/\n" if isinstance(one, (Mapping, list)) else f"{key}\n" for key, one in pairs)
        kind = "application/text"
    etag = hashlib.sha256(body.encode()).hexdigest()[:16]
    return Answer(200, body, {**_FLAVOUR, "ETag": etag}, kind)


def _camel(node: Any) -> Any:
    """`machine-type` in a path is `machineType` in a document; the keys of attributes stay as they are."""
    if isinstance(node, list):
        return [_camel(one) for one in node]
    if not isinstance(node, Mapping):
        return node
    return {_hump(key): one if key == "attributes" else _camel(one) for key, one in node.items()}


def _hump(key: str) -> str:
    first, *rest = key.split("-")
    return first + "".join(part.capitalize() for part in rest)


def _tree(machine: Machine) -> dict[str, Any]:
    facts, project = machine.identity.facts, machine.identity.facts.get("project", "")
    number = facts.get("project-number", "1")
    way = {"external-ip": machine.public or "", "type": "ONE_TO_ONE_NAT"}
    interface = {
        "access-configs": [way],
        "forwarded-ips": [],
        "ip": names.private(machine.number),
        "ip-aliases": [],
        "mac": names.hardware(machine.number),
        "target-instance-ips": [],
    }
    own = {
        "attributes": dict(machine.identity.attributes()),
        "cpu-platform": "Intel Skylake",
        "description": "",
        "disks": [],
        "hostname": f"{machine.spec.hostname}.c.{project}.internal",
        "id": int(facts.get("id", "0")),
        "image": facts.get("image", ""),
        "licenses": [],
        "machine-type": f"projects/{number}/machineTypes/{facts.get('type', '')}",
        "maintenance-event": "NONE",
        "name": machine.spec.hostname,
        "network-interfaces": [interface],
        "preempted": "FALSE",
        "service-accounts": {},
        "tags": [],
        "virtual-clock": {"drift-token": "0"},
        "zone": f"projects/{number}/zones/{facts.get('zone', '')}",
    }
    told = {"attributes": {}, "numeric-project-id": int(number), "project-id": project}
    return {"instance": own, "project": told, "oslogin": {"authenticate": {"sessions": {}}}}
