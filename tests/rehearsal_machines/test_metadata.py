"""What a machine is told about itself, in the words of its cloud."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from cloudgpu.rehearsal.guests.machines.machine import Machine
from cloudgpu.rehearsal.guests.machines.metadata.amazon import Amazon
from cloudgpu.rehearsal.guests.machines.metadata.answers import Answer, Asked
from cloudgpu.rehearsal.guests.machines.metadata.google import Google
from cloudgpu.rehearsal.world import GuestSpec, Identity

TTL, TOKEN = "x-aws-ec2-metadata-token-ttl-seconds", "x-aws-ec2-metadata-token"
FLAVOUR = {"metadata-flavor": "Google"}
BASE = "/computeMetadata/v1"


def _amazon(folder: Path, tokens: str = "required") -> Machine:
    facts = {"id": "i-1", "type": "g4dn.xlarge", "zone": "us-east-1a", "region": "us-east-1", "tokens": tokens}
    identity = Identity("aws", facts, lambda: None, user_data=b"#cloud-config\n", key_pair=("ssh-ed25519 AAAA x",))
    return Machine("internet", 11, folder, GuestSpec("aws-i-1", "ip-1", "ubuntu", (), (), identity=identity), identity)


def _google(folder: Path, attributes: Mapping[str, str]) -> Machine:
    facts = {"id": "7", "project": "p", "project-number": "12", "zone": "us-central1-a", "type": "n1-standard-4"}
    identity = Identity("gcp", facts, lambda: None, attributes=lambda: attributes)
    return Machine("internet", 12, folder, GuestSpec("gcp-7", "otter", "u", (), (), identity=identity), identity)


def _ask(path: str, headers: Mapping[str, str] | None = None, **query: str) -> Asked:
    return Asked(path, query, headers or {})


def test_amazon_gives_a_token_and_then_an_answer(tmp_path: Path) -> None:
    service, machine = Amazon(), _amazon(tmp_path)
    assert service.get(machine, _ask("/latest/meta-data/instance-id")).status == 401
    token = service.put(machine, _ask("/latest/api/token", {TTL: "60"})).body
    assert service.get(machine, _ask("/latest/meta-data/instance-id", {TOKEN: str(token)})) == Answer(200, "i-1")
    assert service.get(machine, _ask("/latest/user-data", {TOKEN: str(token)})).body == b"#cloud-config\n"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/latest/api/token", {}, 400),
        ("/latest/api/token", {TTL: "0"}, 400),
        ("/latest/api/token", {TTL: "21601"}, 400),
        ("/latest/meta-data/", {TTL: "60"}, 405),
    ],
)
def test_amazon_refuses_what_is_no_request_for_a_token(
    tmp_path: Path, path: str, headers: dict[str, str], status: int
) -> None:
    assert Amazon().put(_amazon(tmp_path), _ask(path, headers)).status == status


def test_a_token_is_that_of_one_machine(tmp_path: Path) -> None:
    service, machine = Amazon(), _amazon(tmp_path)
    token = service.put(machine, _ask("/latest/api/token", {TTL: "60"})).body
    stranger = Machine("internet", 13, tmp_path, GuestSpec("aws-i-2", "h", "u", (), ()), machine.identity)
    assert service.get(stranger, _ask("/latest/meta-data/", {TOKEN: str(token)})).status == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", "1.0\n2009-04-04\n2016-09-02\n2018-09-24\n2021-03-23\nlatest"),
        ("/latest/meta-data/placement", "availability-zone\nregion"),
        ("/latest/meta-data/placement/region", "us-east-1"),
        ("/latest/meta-data/public-keys/", "0=key-0"),
        ("/latest/meta-data/public-keys/0/openssh-key", "ssh-ed25519 AAAA x"),
        ("/2021-03-23/meta-data/local-ipv4", "10.128.0.11"),
    ],
)
def test_amazon_in_the_old_way_where_that_is_allowed(tmp_path: Path, path: str, body: str) -> None:
    assert Amazon().get(_amazon(tmp_path, "optional"), _ask(path)) == Answer(200, body)


@pytest.mark.parametrize("path", ["/latest/meta-data/nothing", "/1999-01-01/meta-data/"])
def test_amazon_knows_no_more(tmp_path: Path, path: str) -> None:
    assert Amazon().get(_amazon(tmp_path, "optional"), _ask(path)).status == 404


def test_google_answers_only_who_means_it(tmp_path: Path) -> None:
    service, machine = Google(threading.Event()), _google(tmp_path, {})
    assert service.get(machine, _ask(f"{BASE}/instance/id")).status == 403
    assert service.get(machine, _ask(f"{BASE}/instance/id", FLAVOUR)).body == "7"
    assert service.get(machine, _ask(f"{BASE}/instance/nothing", FLAVOUR)).status == 404
    assert service.get(machine, _ask("/")).body == "computeMetadata/\n"


def test_google_tells_all_at_once_in_another_spelling(tmp_path: Path) -> None:
    machine = _google(tmp_path, {"startup-script": "#!/bin/sh"})
    told = json.loads(str(Google(threading.Event()).get(machine, _ask(f"{BASE}/", FLAVOUR, recursive="true")).body))
    assert told["instance"]["networkInterfaces"][0]["ip"] == "10.128.0.12"
    assert told["instance"]["attributes"] == {"startup-script": "#!/bin/sh"}
    assert told["project"]["numericProjectId"] == 12
    alone = Google(threading.Event()).get(machine, _ask(f"{BASE}/instance/attributes/", FLAVOUR, recursive="true"))
    assert json.loads(str(alone.body)) == {"startup-script": "#!/bin/sh"}


def test_google_waits_for_a_change(tmp_path: Path) -> None:
    attributes: dict[str, str] = {}
    service, machine = Google(threading.Event()), _google(tmp_path, attributes)
    machine.is_on = True
    first = service.get(machine, _ask(f"{BASE}/instance/attributes/", FLAVOUR, recursive="true"))
    asked = _ask(f"{BASE}/instance/attributes/", FLAVOUR, recursive="true", wait_for_change="true",
                 last_etag=first.headers["ETag"])  # fmt: skip
    answers: list[Answer] = []
    waiting = threading.Thread(target=lambda: answers.append(service.get(machine, asked)))
    waiting.start()
    attributes["ssh-keys"] = "u:ssh-ed25519 AAAA x"
    waiting.join(30)
    assert json.loads(str(answers[0].body)) == attributes


@pytest.mark.parametrize(("allowed", "status"), [("TRUE", 200), ("FALSE", 403)])
def test_guest_attributes_are_published_where_the_metadata_say_so(tmp_path: Path, allowed: str, status: int) -> None:
    service, machine = Google(threading.Event()), _google(tmp_path, {"enable-guest-attributes": allowed})
    path = f"{BASE}/instance/guest-attributes/hostkeys/ssh-ed25519"
    assert service.put(machine, Asked(path, {}, FLAVOUR, b"AAAA")).status == status
    assert machine.attributes == ({"hostkeys/ssh-ed25519": "AAAA"} if status == 200 else {})
    assert service.get(machine, _ask(path, FLAVOUR)).status == (200 if status == 200 else 404)
    assert service.put(machine, Asked(path, {}, {}, b"AAAA")).status == 403
    assert service.put(machine, Asked(f"{BASE}/instance/id", {}, FLAVOUR)).status == 405
