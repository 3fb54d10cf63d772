"""EC2's instance metadata, with and without a session token."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from cloudgpu.rehearsal.guests.machines import names
from cloudgpu.rehearsal.guests.machines.machine import Machine
from cloudgpu.rehearsal.guests.machines.metadata.answers import Answer, Asked

_TTL = "X-aws-ec2-metadata-token-ttl-seconds"
_MOST_SECONDS = 21600
_VERSIONS = ("1.0", "2009-04-04", "2016-09-02", "2018-09-24", "2021-03-23", "latest")
# cloud-init cannot read in a container which cloud it is on, and then asks in the old way only
_CLOUD_INIT = ("Cloud-Init/", "python-requests/")
_LISTED_WITH_NAMES = "public-keys"


class Amazon:
    """Tokens are those of one machine each, and end."""

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[str, float]] = {}

    def put(self, machine: Machine, asked: Asked) -> Answer:
        """A new token."""
        wanted = asked.header(_TTL) or ""
        if asked.path != "/latest/api/token":
            return Answer(405)
        if not wanted.isdigit() or not 1 <= int(wanted) <= _MOST_SECONDS:
            return Answer(400)
        token = secrets.token_urlsafe(40)
        self._tokens[token] = (machine.spec.id, time.monotonic() + int(wanted))
        return Answer(200, token, headers={_TTL: wanted})

    def get(self, machine: Machine, asked: Asked) -> Answer:
        if not self._admitted(machine, asked):
            return Answer(401)
        version, *parts = [part for part in asked.path.split("/") if part] or [""]
        if not version:
            return Answer(200, "\n".join(_VERSIONS))
        node: Any = _tree(machine) if version in _VERSIONS else None
        for part in parts:
            node = node.get(part) if isinstance(node, Mapping) else None
        if node is None:
            return Answer(404)
        return Answer(200, _listing(node, parts[-1] if parts else "") if isinstance(node, Mapping) else node)

    def _admitted(self, machine: Machine, asked: Asked) -> bool:
        token = asked.header("X-aws-ec2-metadata-token")
        if token is None:
            return machine.identity.facts.get("tokens") != "required" or (asked.header("User-Agent") or "").startswith(
                _CLOUD_INIT
            )
        owner, until = self._tokens.get(token, ("", 0.0))
        return owner == machine.spec.id and time.monotonic() < until


def _listing(node: Mapping[str, Any], name: str) -> str:
    if name == _LISTED_WITH_NAMES:
        return "\n".join(f"{number}={one['.name']}" for number, one in node.items())
    return "\n".join(f"{key}/" if isinstance(one, Mapping) else key for key, one in node.items() if key[0] != ".")


def _tree(machine: Machine) -> dict[str, Any]:
    facts, own = machine.identity.facts, names.private(machine.number)
    mac, host = names.hardware(machine.number), f"{machine.spec.hostname}.{facts.get('region', '')}.compute.internal"
    nic = {"device-number": "0", "interface-id": "eni-0", "local-ipv4s": own, "mac": mac,
           "subnet-ipv4-cidr-block": "10.128.0.0/20", "public-ipv4s": machine.public or ""}  # fmt: skip
    keys = machine.identity.key_pair
    told: dict[str, Any] = {
        "ami-id": facts.get("image", ""),
        "ami-launch-index": "0",
        "hostname": host,
        "instance-id": facts["id"],
        "instance-life-cycle": facts.get("market", "on-demand"),
        "instance-type": facts.get("type", ""),
        "local-hostname": host,
        "local-ipv4": own,
        "mac": mac,
        "network": {"interfaces": {"macs": {mac: nic}}},
        "placement": {"availability-zone": facts.get("zone", ""), "region": facts.get("region", "")},
        "public-ipv4": machine.public or "",
        "reservation-id": "r-0",
        "security-groups": "cloudgpu",
    }
    if keys:
        told["public-keys"] = {str(n): {"openssh-key": one, ".name": f"key-{n}"} for n, one in enumerate(keys)}
    document = {"instanceId": facts["id"], "region": facts.get("region", ""), "instanceType": facts.get("type", "")}
    tree: dict[str, Any] = {"meta-data": told, "dynamic": {"instance-identity": {"document": json.dumps(document)}}}
    return {**tree, "user-data": machine.identity.user_data} if machine.identity.user_data else tree
