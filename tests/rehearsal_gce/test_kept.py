"""What stays when machines go: snapshots, reserved addresses, disks, and machines that are protected."""

from __future__ import annotations

from tests.rehearsal_gce.asking import ZONE, Api, Json, instance
from tests.rehearsal_gce.conftest import Emulator

ONE, DISK = f"/zones/{ZONE}/instances/one", f"/zones/{ZONE}/disks/one"
ADDRESSES = "/regions/us-central1/addresses"


def kinds(emulator: Emulator, id: str) -> list[tuple[str, str | None]]:
    return [(row["kind"], row["ended_by"]) for row in emulator.world.ledger.rows() if row["id"] == id]


def test_snapshots(api: Api, emulator: Emulator) -> None:
    api.insert(instance())
    body = {"name": "snap", "labels": {"team": "red"}, "description": "d"}
    begun = api.begin("POST", f"{DISK}/createSnapshot", body)
    assert begun["operationType"] == "createSnapshot"
    assert "error" not in api.done(begun)
    made = api.get("/global/snapshots/snap")
    assert (made["status"], made["diskSizeGb"], made["sourceDisk"]) == ("READY", "100", api.get(DISK)["selfLink"])
    assert [one["name"] for one in api.get("/global/snapshots", filter="labels.team=red")["items"]] == ["snap"]
    assert api.refused("POST", f"{DISK}/createSnapshot", body)[:2] == (409, "alreadyExists")
    assert api.refused("POST", f"/zones/{ZONE}/disks/gone/createSnapshot", {"name": "s"})[0] == 404
    assert kinds(emulator, made["id"]) == [("snapshot", None)]
    api.done(api.begin("DELETE", ONE))
    assert api.get(f"/global/snapshots/{made['id']}")["name"] == "snap"
    assert "error" not in api.done(api.begin("DELETE", "/global/snapshots/snap"))
    assert kinds(emulator, made["id"]) == [("snapshot", "deleted")]
    assert api.refused("DELETE", "/global/snapshots/snap")[:2] == (404, "notFound")


def reserved(api: Api, name: str = "ip") -> Json:
    assert "error" not in api.done(api.begin("POST", ADDRESSES, {"name": name, "labels": {"team": "red"}}))
    return api.get(f"{ADDRESSES}/{name}")


def test_addresses(api: Api, emulator: Emulator) -> None:
    made = reserved(api)
    assert (made["status"], made["addressType"], made["labels"]) == ("RESERVED", "EXTERNAL", {"team": "red"})
    assert made["address"].startswith("203.0.113.")
    assert reserved(api, "other")["address"] != made["address"]
    assert [one["name"] for one in api.get(ADDRESSES)["items"]] == ["ip", "other"]
    everywhere = api.get("/aggregated/addresses", filter="labels.team=red")["items"]
    assert [one["name"] for one in everywhere["regions/us-central1"]["addresses"]] == ["ip", "other"]
    assert "warning" in everywhere["global"]
    assert api.refused("POST", ADDRESSES, {"name": "ip"})[:2] == (409, "alreadyExists")
    assert api.refused("POST", ADDRESSES, {"name": "in", "addressType": "INTERNAL"})[1] == "invalid"
    assert api.refused("GET", f"{ADDRESSES}/gone")[:2] == (404, "notFound")
    assert kinds(emulator, made["id"]) == [("address", None)]
    assert "error" not in api.done(api.begin("DELETE", f"{ADDRESSES}/{made['id']}"))
    assert kinds(emulator, made["id"]) == [("address", "deleted")]


def test_an_address_in_use(api: Api) -> None:
    made = reserved(api)
    nic = {"network": "global/networks/default", "accessConfigs": [{"natIP": made["address"]}]}
    assert "error" not in api.insert(instance(networkInterfaces=[nic]))
    used = api.get(f"{ADDRESSES}/ip")
    assert (used["status"], used["users"]) == ("IN_USE", [api.get(ONE)["selfLink"]])
    said = (
        f"The address resource 'projects/{api.project}{ADDRESSES}/ip' is already being used by "
        f"'projects/{api.project}{ONE}'"
    )
    assert api.refused("DELETE", f"{ADDRESSES}/ip") == (400, "resourceInUseByAnotherResource", said)
    assert "already in use" in api.not_made(instance("two", networkInterfaces=[nic]))[2]
    api.done(api.begin("DELETE", ONE))
    assert api.get(f"{ADDRESSES}/ip")["status"] == "RESERVED"


def test_addresses_are_counted(api: Api, emulator: Emulator) -> None:
    """Answered at once, unlike other quotas."""
    emulator.app.configure({"quotas": {"STATIC_ADDRESSES": {"us-central1": 1}}})
    reserved(api)
    said = "Quota 'STATIC_ADDRESSES' exceeded.  Limit: 1.0 in region us-central1."
    assert api.refused("POST", ADDRESSES, {"name": "more"}) == (403, "quotaExceeded", said)
    assert "error" not in api.done(api.begin("POST", "/regions/us-west1/addresses", {"name": "more"}))


def test_protection_is_switched(api: Api) -> None:
    api.insert(instance())
    assert "error" not in api.done(api.begin("POST", f"{ONE}/setDeletionProtection"))
    assert api.get(ONE)["deletionProtection"] is True
    said = "Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion.'."
    assert api.refused("DELETE", ONE) == (400, "invalidResourceUsage", said)
    assert "error" not in api.done(api.begin("POST", f"{ONE}/stop"))
    api.done(api.begin("POST", f"{ONE}/setDeletionProtection", deletionProtection="false"))
    assert "error" not in api.done(api.begin("DELETE", ONE))


def test_a_disk_that_is_not_deleted_along_is_billed_on(api: Api, emulator: Emulator) -> None:
    body = instance()
    body["disks"][0]["autoDelete"] = False
    api.insert(body)
    disk = api.get(DISK)
    api.done(api.begin("DELETE", ONE))
    assert "users" not in api.get(DISK)
    assert kinds(emulator, disk["id"]) == [("disk", None)]


def test_stopped_with_its_local_ssds(api: Api) -> None:
    machine_type = f"zones/{ZONE}/machineTypes/a2-ultragpu-1g"
    api.insert(instance(machineType=machine_type, guestAccelerators=[]))
    assert "error" not in api.done(api.begin("POST", f"{ONE}/stop", discardLocalSsd="false"))
    assert "error" not in api.done(api.begin("POST", f"{ONE}/start"))
