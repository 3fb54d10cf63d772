"""Lists: pages, filters, aggregated ones, and the shop window."""

from __future__ import annotations

import pytest

from tests.rehearsal_gce.asking import ZONE, Api, instance

OTHER = "us-west1-b"


def names(answer: dict[str, object], zone: str = ZONE) -> list[str]:
    items = answer["items"]
    assert isinstance(items, dict)
    return [one["name"] for one in items[f"zones/{zone}"].get("instances", ())]


def test_pages(api: Api) -> None:
    for number in range(5):
        api.done(api.begin("POST", f"/zones/{ZONE}/disks", {"name": f"d{number}", "sizeGb": "10"}))
    path, seen, token = f"/zones/{ZONE}/disks", [], ""
    while True:
        page = api.get(path, maxResults=2, **({"pageToken": token} if token else {}))
        seen.append([disk["name"] for disk in page["items"]])
        token = page.get("nextPageToken", "")
        api.done(api.begin("DELETE", f"{path}/{seen[-1][0]}"))
        if not token:
            break
    assert seen == [["d0", "d1"], ["d2", "d3"], ["d4"]]


def test_aggregated_lists_name_every_scope(filled: Api) -> None:
    api = filled
    whole = api.get("/aggregated/instances")
    assert names(whole) == ["a", "b"]
    assert names(whole, OTHER) == ["c"]
    nothing = whole["items"]["zones/europe-west4-a"]["warning"]
    assert nothing["code"] == "NO_RESULTS_ON_PAGE"
    assert nothing["message"] == "There are no results for scope 'zones/europe-west4-a' on this page."
    first = api.get("/aggregated/instances", maxResults=2)
    assert names(first) == ["a", "b"]
    assert names(first, OTHER) == []
    assert names(api.get("/aggregated/instances", pageToken=first["nextPageToken"]), OTHER) == ["c"]
    disks = api.get("/aggregated/disks", filter="labels.cloudgpu-name=c")["items"]
    assert [one["name"] for one in disks[f"zones/{OTHER}"]["disks"]] == ["c"]
    assert all("warning" in one for one in api.get("/aggregated/addresses")["items"].values())


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("labels.team=red", "a"),
        ('labels.team="red"', "a"),
        ("labels.team = red", "a"),
        ("labels.team:*", "ab"),
        ("NOT labels.team:*", "c"),
        ("labels.team!=red", "bc"),
        ("name=b", "b"),
        ("name=zz", ""),
        ("name=a OR name=c", "ac"),
        ("(labels.team:*) (name!=a)", "b"),
        ("(labels.team=red) AND (status=RUNNING)", "a"),
        ("labels.team=red AND status=STOPPING", ""),
        ("(name=a) OR (name=b) AND (labels.team=blue)", "b"),
        ("name:*", "abc"),
        ("zone:us-west1", "c"),
        ("machineType:n1-standard-4 AND name=b*", "b"),
        ("scheduling.automaticRestart=false", "abc"),
        ("deletionProtection=true", ""),
    ],
)
def test_filters(filled: Api, expression: str, found: str) -> None:
    whole = filled.get("/aggregated/instances", filter=expression)
    assert "".join(names(whole) + names(whole, OTHER)) == found


@pytest.mark.parametrize(
    "expression",
    [
        "labels.team",
        "colour=red",
        "name==a",
        "(name=a",
        "name=a)",
        "tags.items=x",
        "name<b",
        "name ~ a",
        "AND",
        "disks=1",
    ],
)
def test_filters_that_are_none(filled: Api, expression: str) -> None:
    said = f"Invalid value for field 'filter': '{expression}'. Invalid list filter expression."
    assert filled.refused("GET", "/aggregated/instances", filter=expression) == (400, "invalid", said)


def test_the_shop_window(api: Api) -> None:
    assert api.get("")["name"] == api.project
    region = api.get("/regions/us-central1")
    assert f"{ZONE}" in [link.rpartition("/")[2] for link in region["zones"]]
    assert region in api.get("/regions")["items"]
    zones = [zone["name"] for zone in api.get("/zones")["items"]]
    assert ZONE in zones
    assert len(zones) > 50
    assert api.get(f"/zones/{ZONE}")["region"].endswith("/regions/us-central1")
    kinds = {one["name"]: one for one in api.get(f"/zones/{ZONE}/machineTypes")["items"]}
    assert kinds["g2-standard-8"]["accelerators"] == [{"guestAcceleratorType": "nvidia-l4", "guestAcceleratorCount": 1}]
    assert api.get(f"/zones/{ZONE}/machineTypes/a2-ultragpu-1g")["bundledLocalSsds"]["partitionCount"] == 1
    assert api.refused("GET", f"/zones/{ZONE}/machineTypes/z9")[0] == 404
    assert api.get(f"/zones/{ZONE}/acceleratorTypes/nvidia-tesla-t4")["maximumCardsPerInstance"] == 4
    assert "nvidia-l4" in {one["name"] for one in api.get(f"/zones/{ZONE}/acceleratorTypes")["items"]}
    assert api.refused("GET", f"/zones/{ZONE}/acceleratorTypes/nvidia-tesla-k80")[1] == "notFound"
    t4 = api.get("/aggregated/acceleratorTypes", filter="name=nvidia-tesla-t4")["items"]
    assert sum("acceleratorTypes" in one for one in t4.values()) > 20
    spread = api.get("/aggregated/machineTypes", filter="name=g2-standard-4")["items"]
    assert [one["name"] for one in spread[f"zones/{ZONE}"]["machineTypes"]] == ["g2-standard-4"]
    assert api.get(f"/zones/{ZONE}/diskTypes/pd-balanced")["name"] == "pd-balanced"
    assert len(api.get(f"/zones/{ZONE}/diskTypes")["items"]) == 4
    assert api.refused("GET", f"/zones/{ZONE}/diskTypes/floppy")[0] == 404
    assert api.get("/global/networks/default")["autoCreateSubnetworks"] is True
    assert [one["name"] for one in api.get("/global/networks")["items"]] == ["default"]
    assert api.refused("GET", "/global/networks/mine")[0] == 404


@pytest.mark.parametrize(
    ("project", "family"),
    [
        ("ubuntu-os-cloud", "ubuntu-2404-lts-amd64"),
        ("ubuntu-os-accelerator-images", "ubuntu-accelerator-2404-amd64-with-nvidia-580"),
        ("deeplearning-platform-release", "common-cu129-ubuntu-2404-nvidia-580"),
    ],
)
def test_images(api: Api, project: str, family: str) -> None:
    public = Api(api.endpoint, project)
    image = public.get(f"/global/images/family/{family}")
    assert image["family"] == family
    assert public.get(f"/global/images/{image['name']}") == image
    said = f"The resource 'projects/{project}/global/images/family/windows' was not found"
    assert public.refused("GET", "/global/images/family/windows") == (404, "notFound", said)
    assert public.refused("GET", "/zones")[0] == 404


def test_firewalls(api: Api) -> None:
    rule = {
        "name": "ssh",
        "network": "global/networks/default",
        "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}],
        "sourceRanges": ["203.0.113.7/32"],
        "targetTags": ["one"],
    }
    operation = api.begin("POST", "/global/firewalls", rule)
    assert "zone" not in operation
    assert "error" not in api.done(operation)
    made = api.get("/global/firewalls/ssh")
    assert (made["direction"], made["priority"], made["sourceRanges"]) == ("INGRESS", 1000, ["203.0.113.7/32"])
    assert api.refused("POST", "/global/firewalls", rule)[:2] == (409, "alreadyExists")
    changed = {"name": "ssh", "sourceRanges": ["203.0.113.8/32"]}
    api.done(api.begin("PATCH", "/global/firewalls/ssh", changed))
    assert [one["sourceRanges"] for one in api.get("/global/firewalls")["items"]] == [["203.0.113.8/32"]]
    for wrong, field in (
        ({"allowed": []}, "resource.allowed"),
        ({"sourceRanges": ["203.0.113.7/8"]}, "resource.sourceRanges[0]"),
        ({"allowed": [{"IPProtocol": "tpc"}]}, "resource.allowed[0].IPProtocol"),
        ({"allowed": [{"IPProtocol": "tcp", "ports": ["22-1"]}]}, "resource.allowed[0].ports[0]"),
        ({"network": "mine"}, "resource.network"),
        ({"targetTags": ["_"]}, "resource.targetTags[0]"),
        ({"priority": 70000}, "resource.priority"),
        ({"direction": "EGRESS"}, "resource.sourceRanges"),
    ):
        assert f"'{field}'" in api.refused("POST", "/global/firewalls", {**rule, "name": "other", **wrong})[2]
    elsewhere = {**rule, "name": "other", "network": "global/networks/mine"}
    said = f"The resource 'projects/{api.project}/global/networks/mine' was not found"
    assert api.refused("POST", "/global/firewalls", elsewhere) == (404, "notFound", said)
    assert "error" not in api.done(api.begin("DELETE", "/global/firewalls/ssh"))
    assert api.refused("DELETE", "/global/firewalls/ssh")[:2] == (404, "notFound")


def test_disks_by_themselves(api: Api) -> None:
    disks = f"/zones/{ZONE}/disks"
    api.insert(instance())
    assert api.get(f"{disks}/one")["users"][0].endswith("/instances/one")
    status, reason, said = api.refused("DELETE", f"{disks}/one")
    assert (status, reason) == (400, "resourceInUseByAnotherResource")
    assert f"is already being used by 'projects/{api.project}/zones/{ZONE}/instances/one'" in said
    kept = instance("kept")
    kept["disks"][0]["autoDelete"] = False
    api.insert(kept)
    api.done(api.begin("DELETE", f"/zones/{ZONE}/instances/kept"))
    assert "users" not in api.get(f"{disks}/kept")
    again = instance("again", disks=[{"boot": True, "source": f"zones/{ZONE}/disks/kept"}])
    assert "error" not in api.insert(again)
    assert "is already being used by" in api.not_made({**again, "name": "third"})[2]
    api.done(api.begin("DELETE", f"/zones/{ZONE}/instances/again"))
    assert "error" not in api.done(api.begin("DELETE", f"{disks}/kept"))
    assert api.refused("GET", f"{disks}/kept")[0] == 404


def test_operations_are_kept(api: Api) -> None:
    made = api.insert(instance())
    path = f"/zones/{ZONE}/operations"
    assert api.get(f"{path}/{made['id']}") == made
    assert [one["name"] for one in api.get(path, filter="operationType=insert")["items"]] == [made["name"]]
    assert api.refused("GET", f"{path}/operation-1")[:2] == (404, "notFound")
    assert "items" not in api.get("/global/operations")
    assert "items" not in api.get("/regions/us-central1/operations")
