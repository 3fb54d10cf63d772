"""An instance's life: it comes up, can be reached, is stopped, started, deleted; and what is billed meanwhile."""

from __future__ import annotations

import base64
from uuid import uuid4

import pytest

from cloudgpu.rehearsal.ledger import Row
from tests.rehearsal_gce.asking import ZONE, Api, Json, eventually, instance
from tests.rehearsal_gce.conftest import Emulator
from tests.rehearsal_gce.machines import CONSOLE

ONE = f"/zones/{ZONE}/instances/one"


def bills(emulator: Emulator, instance_id: str) -> list[Row]:
    return [row for row in emulator.world.ledger.rows() if row["id"].startswith(instance_id)]


def test_from_provisioning_to_running(api: Api, emulator: Emulator) -> None:
    emulator.world.clock.change({"operation_seconds": 0.8, "boot_seconds": 0.1})
    operation = api.begin("POST", f"/zones/{ZONE}/instances", instance())
    assert (operation["status"], operation["operationType"]) == ("PENDING", "insert")
    early = api.get(ONE)
    assert early["status"] == "PROVISIONING"
    assert "natIP" not in early["networkInterfaces"][0]["accessConfigs"][0]
    seen = [("PENDING", "PROVISIONING")]

    def over() -> bool:
        current = (api.get(f"/zones/{ZONE}/operations/{operation['name']}")["status"], api.get(ONE)["status"])
        if current not in seen:
            seen.append(current)
        return bool(current[0] == "DONE")

    eventually(over)
    assert list(dict.fromkeys(one for one, _ in seen)) == ["PENDING", "RUNNING", "DONE"]
    assert list(dict.fromkeys(one for _, one in seen)) == ["PROVISIONING", "STAGING", "RUNNING"]
    running = api.get(ONE)
    assert running["networkInterfaces"][0]["accessConfigs"][0]["natIP"] == "127.0.0.1"
    assert running["networkInterfaces"][0]["networkIP"] == "10.128.0.2"


def test_the_guest_is_what_was_asked_for(api: Api, emulator: Emulator) -> None:
    made = api.insert(instance())
    spec = emulator.machines.specs[f"gcp-{made['targetId']}"]
    assert spec.hostname == "one"
    assert (spec.user, spec.authorized_keys) == ("ubuntu", ("ssh-ed25519 AAAAC3Nza me", "ssh-ed25519 AAAAC3Nzb me"))
    assert spec.gpus == ("Tesla T4",)
    assert spec.startup_script == "#!/bin/sh\ntrue\n"


def test_an_unusual_port_is_told_by_a_label(api: Api, emulator: Emulator) -> None:
    emulator.world.clock.change({"boot_seconds": 0.5})
    api.insert(instance())
    before = api.get(ONE)
    assert (before["status"], before["labels"]) == ("RUNNING", {"cloudgpu-name": "one"})
    assert api.refused("GET", f"{ONE}/getGuestAttributes", queryPath="hostkeys/") == (
        404,
        "notFound",
        "The resource 'hostkeys/' of type 'Guest Attribute' was not found.",
    )
    eventually(lambda: "cloudgpu-ssh-port" in api.get(ONE)["labels"])
    after = api.get(ONE)
    assert after["labels"] == {"cloudgpu-name": "one", "cloudgpu-ssh-port": "2222"}
    assert after["labelFingerprint"] != before["labelFingerprint"]


def test_host_keys_come_through_guest_attributes(api: Api) -> None:
    api.insert(instance())
    path = f"{ONE}/getGuestAttributes"
    eventually(lambda: api.ask("GET", path, queryPath="hostkeys/")[0] == 200)
    items = api.get(path, queryPath="hostkeys/")["queryValue"]["items"]
    assert [item["key"] for item in items] == ["ecdsa-sha2-nistp256", "ssh-ed25519"]
    assert items[1] == {"namespace": "hostkeys", "key": "ssh-ed25519", "value": "AAAAC3NzaC1lZDI1NTE5AAAAIHost"}
    assert api.get(path, variableKey="hostkeys/ssh-ed25519")["variableValue"] == items[1]["value"]
    assert api.refused("GET", path, queryPath="cloudgpu/")[0] == 404
    assert api.refused("GET", path)[0] == 400


def test_no_guest_attributes_unless_the_metadata_allow_them(api: Api) -> None:
    api.insert(instance(metadata={"items": [{"key": "enable-guest-attributes", "value": "FALSE"}]}))
    eventually(lambda: "cloudgpu-ssh-port" in api.get(ONE)["labels"])
    assert api.refused("GET", f"{ONE}/getGuestAttributes", queryPath="hostkeys/")[:2] == (404, "notFound")


def test_serial_output_from_any_byte_on(api: Api) -> None:
    api.insert(instance())
    whole = api.get(f"{ONE}/serialPort")
    assert (whole["contents"], whole["start"], whole["next"]) == (CONSOLE, "0", str(len(CONSOLE)))
    assert api.get(f"{ONE}/serialPort", port=1, start=8)["contents"] == CONSOLE[8:]
    assert api.get(f"{ONE}/serialPort", start=-5)["contents"] == CONSOLE[-5:]
    later = api.get(f"{ONE}/serialPort", start=whole["next"])
    assert (later["contents"], later["next"]) == ("", whole["next"])
    assert api.get(f"{ONE}/serialPort", port=2)["contents"] == ""


def test_delete_takes_the_guest_and_the_disk_along(api: Api, emulator: Emulator) -> None:
    emulator.world.clock.change({"operation_seconds": 0.5})
    made = api.insert(instance())
    guest = f"gcp-{made['targetId']}"
    assert guest in emulator.machines.running()
    operation = api.begin("DELETE", ONE)
    assert api.get(ONE)["status"] == "STOPPING"
    assert "error" not in api.done(operation)
    assert guest not in emulator.machines.running()
    path = f"projects/{api.project}/zones/{ZONE}/instances/one"
    assert api.refused("GET", ONE) == (404, "notFound", f"The resource '{path}' was not found")
    assert api.refused("DELETE", ONE)[0] == 404
    assert "items" not in api.get(f"/zones/{ZONE}/disks")


def test_the_second_of_two_deletes_finds_nothing(api: Api, emulator: Emulator) -> None:
    api.insert(instance())
    emulator.world.clock.change({"operation_seconds": 0.3})
    first, second = api.begin("DELETE", ONE), api.begin("DELETE", ONE)
    assert "error" not in api.done(first)
    ended = api.done(second)
    assert (ended["error"]["errors"][0]["code"], ended["httpErrorStatusCode"]) == ("RESOURCE_NOT_FOUND", 404)


def test_a_delete_waits_for_the_insert(api: Api, emulator: Emulator) -> None:
    emulator.world.clock.change({"operation_seconds": 0.5})
    insert = api.begin("POST", f"/zones/{ZONE}/instances", instance())
    delete = api.begin("DELETE", f"/zones/{ZONE}/instances/{insert['targetId']}")
    assert api.get(ONE)["status"] in ("PROVISIONING", "STAGING")
    assert "error" not in api.done(delete)
    assert api.get(f"/zones/{ZONE}/operations/{insert['name']}")["status"] == "DONE"
    assert f"gcp-{insert['targetId']}" not in emulator.machines.running()


def test_what_is_billed(api: Api, emulator: Emulator) -> None:
    made = api.insert(instance())
    disk = api.get(f"/zones/{ZONE}/disks/one")
    (bill,) = bills(emulator, made["targetId"])
    assert (bill["cloud"], bill["kind"], bill["name"], bill["ended_at"]) == ("gcp", "instance", "one", None)
    api.done(api.begin("POST", f"{ONE}/stop"))
    assert bills(emulator, made["targetId"])[0]["ended_by"] == "stopped"
    assert bills(emulator, disk["id"])[0]["ended_at"] is None
    api.done(api.begin("POST", f"{ONE}/start"))
    assert [row["ended_at"] is None for row in bills(emulator, made["targetId"])] == [False, True]
    api.done(api.begin("DELETE", ONE))
    rows = bills(emulator, made["targetId"]) + bills(emulator, disk["id"])
    assert len(rows) == 3
    assert all(row["ended_at"] for row in rows)


def test_stop_and_start(api: Api, emulator: Emulator) -> None:
    made = api.insert(instance())
    guest = f"gcp-{made['targetId']}"
    api.done(api.begin("POST", f"{ONE}/stop"))
    stopped = api.get(ONE)
    assert stopped["status"] == "TERMINATED"
    assert "natIP" not in stopped["networkInterfaces"][0]["accessConfigs"][0]
    assert guest not in emulator.machines.running()
    emulator.world.clock.change({"operation_seconds": 0.5})
    operation = api.begin("POST", f"{ONE}/start")
    assert api.refused("POST", f"{ONE}/start")[:2] == (400, "resourceNotReady")
    api.done(operation)
    assert api.get(ONE)["status"] == "RUNNING"
    assert emulator.machines.boots.count(guest) == 2
    assert "error" not in api.done(api.begin("POST", f"{ONE}/start"))


def test_local_ssds_have_to_be_given_up_in_so_many_words(api: Api) -> None:
    machine_type = f"zones/{ZONE}/machineTypes/a2-ultragpu-1g"
    assert "error" not in api.insert(instance(machineType=machine_type, guestAccelerators=[]))
    status, reason, said = api.refused("POST", f"{ONE}/stop")
    assert (status, reason) == (400, "badRequest")
    assert "discard-local-ssd" in said
    api.done(api.begin("POST", f"{ONE}/stop", discardLocalSsd="true"))


def test_deletion_protection(api: Api, emulator: Emulator) -> None:
    api.insert(instance(deletionProtection=True))
    status, reason, said = api.refused("DELETE", ONE)
    assert (status, reason) == (400, "invalidResourceUsage")
    assert "protected against deletion" in said


@pytest.mark.parametrize(("action", "left"), [("DELETE", 404), ("STOP", 200)])
def test_its_time_runs_out(api: Api, monkeypatch: pytest.MonkeyPatch, action: str, left: int) -> None:
    monkeypatch.setattr("cloudgpu.rehearsal.gce.shapes.SHORTEST_LIFE_SECONDS", 0)
    limited = {"maxRunDuration": {"seconds": "0"}, "instanceTerminationAction": action}
    api.insert(instance(scheduling={"onHostMaintenance": "TERMINATE", **limited}))
    eventually(lambda: api.ask("GET", ONE)[1].get("status") in (None, "TERMINATED"))
    assert api.ask("GET", ONE)[0] == left


def test_when_it_will_end_is_told(api: Api) -> None:
    limited = {"terminationTime": "2099-01-01T00:00:00Z", "instanceTerminationAction": "DELETE"}
    api.insert(instance(scheduling={"onHostMaintenance": "TERMINATE", **limited}))
    told = api.get(ONE)["resourceStatus"]["scheduling"]["terminationTimestamp"]
    assert told.startswith(("2099-01-01T00:00:00", "2098-12-31T23:59:59"))


def test_labels_and_metadata_change_only_for_who_has_seen_the_latest(api: Api) -> None:
    api.insert(instance())
    eventually(lambda: "cloudgpu-ssh-port" in api.get(ONE)["labels"])
    seen = api.get(ONE)
    wanted = {"labels": {"a": "b"}, "labelFingerprint": seen["labelFingerprint"]}
    api.done(api.begin("POST", f"{ONE}/setLabels", wanted))
    assert api.get(ONE)["labels"] == {"a": "b"}
    stale = api.refused("POST", f"{ONE}/setLabels", wanted)
    assert stale[:2] == (412, "conditionNotMet")
    assert api.refused("POST", f"{ONE}/setLabels", {"labels": {}})[0] == 412
    metadata: Json = {"fingerprint": seen["metadata"]["fingerprint"], "items": [{"key": "k", "value": "v"}]}
    api.done(api.begin("POST", f"{ONE}/setMetadata", metadata))
    assert api.get(ONE)["metadata"]["items"] == [{"key": "k", "value": "v"}]
    other = base64.b64encode(uuid4().bytes).decode()
    assert api.refused("POST", f"{ONE}/setMetadata", {**metadata, "fingerprint": other})[0] == 412


def test_the_end_of_a_stopped_instance_can_be_changed_and_counts_from_its_newest_start(
    api: Api, emulator: Emulator
) -> None:
    life = {"maxRunDuration": {"seconds": "600"}, "instanceTerminationAction": "DELETE"}
    body = instance()
    api.insert({**body, "scheduling": {**body["scheduling"], **life}})
    sooner = {"maxRunDuration": {"seconds": "60"}}
    assert api.refused("POST", f"{ONE}/setScheduling", sooner)[0] == 400
    api.done(api.begin("POST", f"{ONE}/stop"))
    assert "resourceStatus" not in api.get(ONE), "the end of what is off is forgotten"
    for odd in ({"provisioningModel": "SPOT"}, {"maxRunDuration": {"seconds": "5"}}):
        assert api.refused("POST", f"{ONE}/setScheduling", odd)[:2] == (400, "invalid")
    api.done(api.begin("POST", f"{ONE}/setScheduling", sooner))
    scheduling = api.get(ONE)["scheduling"]
    assert (scheduling["maxRunDuration"], scheduling["instanceTerminationAction"]) == ({"seconds": "60"}, "DELETE")
    api.done(api.begin("POST", f"{ONE}/start"))
    assert "terminationTimestamp" in api.get(ONE)["resourceStatus"]["scheduling"]
