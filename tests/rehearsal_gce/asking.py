"""Raw HTTP to the emulator; every answer that is no error is held against the discovery document."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import requests

from cloudgpu.rehearsal.gce.discovery import document
from cloudgpu.rehearsal.gce.strict import conforms

ZONE = "us-central1-a"
IMAGE = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64"
Json = dict[str, Any]


@dataclass
class Api:
    """One project. `ask` gives (status, body)."""

    endpoint: str
    project: str

    def ask(self, verb: str, path: str, body: object = None, **query: Any) -> tuple[int, Json]:
        url = f"{self.endpoint}/compute/v1/projects/{self.project}{path}"
        headers = {"Authorization": "Bearer some-token"}
        answer = requests.request(verb, url, headers=headers, json=body, params=query, timeout=20)
        content = answer.json()
        if answer.status_code == 200:
            found = document().match(verb, f"/compute/v1/projects/{self.project}{path}")
            assert found is not None
            assert conforms(found[0].response, content) == []
        return answer.status_code, content

    def get(self, path: str, **query: Any) -> Json:
        status, answer = self.ask("GET", path, **query)
        assert status == 200, answer
        return answer

    def begin(self, verb: str, path: str, body: object = None, **query: Any) -> Json:
        """The operation that this begins."""
        status, answer = self.ask(verb, path, body, **query)
        assert status == 200, answer
        assert answer["kind"] == "compute#operation"
        return answer

    def done(self, operation: Json) -> Json:
        """The same operation at its end."""
        path = operation["selfLink"].partition(f"/projects/{self.project}")[2]
        status, answer = self.ask("POST", f"{path}/wait")
        assert (status, answer["status"]) == (200, "DONE")
        return answer

    def insert(self, body: Json, zone: str = ZONE, **query: Any) -> Json:
        return self.done(self.begin("POST", f"/zones/{zone}/instances", body, **query))

    def refused(self, verb: str, path: str, body: object = None, **query: Any) -> tuple[int, str, str]:
        """(HTTP status, reason, message) of an error in Google's own format."""
        status, answer = self.ask(verb, path, body, **query)
        error = answer["error"]
        assert error["code"] == status
        assert error["errors"][0]["message"] == error["message"]
        assert error["errors"][0]["domain"] in ("global", "usageLimits")
        return status, error["errors"][0]["reason"], error["message"]

    def not_made(self, body: Json, zone: str = ZONE, **query: Any) -> tuple[int, str, str]:
        return self.refused("POST", f"/zones/{zone}/instances", body, **query)


def instance(name: str = "one", zone: str = ZONE, **changes: object) -> Json:
    """The body of an insert: n1-standard-4 with one T4, as the product asks for it."""
    body: Json = {
        "name": name,
        "machineType": f"zones/{zone}/machineTypes/n1-standard-4",
        "guestAccelerators": [
            {"acceleratorType": f"zones/{zone}/acceleratorTypes/nvidia-tesla-t4", "acceleratorCount": 1}
        ],
        "scheduling": {"onHostMaintenance": "TERMINATE", "automaticRestart": False, "provisioningModel": "STANDARD"},
        "disks": [
            {
                "boot": True,
                "autoDelete": True,
                "initializeParams": {
                    "sourceImage": IMAGE,
                    "diskSizeGb": "100",
                    "diskType": f"zones/{zone}/diskTypes/pd-balanced",
                    "labels": {"cloudgpu-name": name},
                },
            }
        ],
        "networkInterfaces": [{"network": "global/networks/default", "accessConfigs": [{"type": "ONE_TO_ONE_NAT"}]}],
        "labels": {"cloudgpu-name": name},
        "metadata": {
            "items": [
                {"key": "ssh-keys", "value": "ubuntu:ssh-ed25519 AAAAC3Nza me\nubuntu:ssh-ed25519 AAAAC3Nzb me\n"},
                {"key": "enable-guest-attributes", "value": "TRUE"},
                {"key": "startup-script", "value": "#!/bin/sh\ntrue\n"},
            ]
        },
    }
    return deepcopy({**body, **changes})


def eventually(condition: Callable[[], Any], within: float = 5.0) -> Any:
    """What `condition` gives as soon as it is true."""
    end = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
    return found
