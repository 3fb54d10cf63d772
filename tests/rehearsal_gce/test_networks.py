"""Networks and subnetworks: made, used, missing, in use."""

from __future__ import annotations

import pytest

from tests.rehearsal_gce.asking import ZONE, Api, Json, instance
from tests.rehearsal_gce.conftest import Emulator

NETWORKS, SUBNETWORKS = "/global/networks", "/regions/us-central1/subnetworks"
ALLOWED = [{"IPProtocol": "tcp", "ports": ["22"]}]


def network(api: Api, name: str = "mine", auto: bool = True, **more: object) -> Json:
    return api.done(api.begin("POST", NETWORKS, {"name": name, "autoCreateSubnetworks": auto, **more}))


def in_network(name: str, **more: object) -> Json:
    return instance(networkInterfaces=[{"network": f"global/networks/{name}", **more}])


def test_an_auto_mode_network(api: Api) -> None:
    assert "error" not in network(api, mtu=8896, description="d")
    made = api.get(f"{NETWORKS}/mine")
    assert (made["mtu"], made["autoCreateSubnetworks"], made["description"]) == (8896, True, "d")
    assert api.get(f"{NETWORKS}/{made['id']}") == made
    own = api.get(f"{SUBNETWORKS}/mine")
    assert (own["network"], own["ipCidrRange"]) == (made["selfLink"], "10.128.0.0/20")
    assert own["selfLink"] in made["subnetworks"]
    assert [one["name"] for one in api.get(SUBNETWORKS)["items"]] == ["default", "mine"]
    everywhere = api.get("/aggregated/subnetworks")["items"]
    assert [one["name"] for one in everywhere["regions/us-west1"]["subnetworks"]] == ["default", "mine"]
    ranges = {one["ipCidrRange"] for scope in everywhere.values() for one in scope.get("subnetworks", ())}
    assert len(ranges) == len(made["subnetworks"])
    assert "error" not in api.insert(in_network("mine"))
    nic = api.get(f"/zones/{ZONE}/instances/one")["networkInterfaces"][0]
    assert (nic["network"], nic["subnetwork"], nic["networkIP"]) == (made["selfLink"], own["selfLink"], "10.128.0.2")


def test_a_custom_mode_network(api: Api) -> None:
    network(api, auto=False)
    status, reason, said = api.not_made(in_network("mine"))
    assert (status, reason) == (400, "invalid")
    assert said.startswith(
        """Invalid value for field 'resource.networkInterfaces[0]': '{  "network": "global/networks"""
    )
    assert said.endswith("Subnetwork should be specified for custom subnetmode network")
    subnetwork = {"name": "sub", "network": "global/networks/mine", "ipCidrRange": "10.0.0.0/29"}
    assert "error" not in api.done(api.begin("POST", SUBNETWORKS, subnetwork))
    named = {"subnetwork": "regions/us-central1/subnetworks/sub"}
    assert "error" not in api.insert(instance(networkInterfaces=[named]))
    nic = api.get(f"/zones/{ZONE}/instances/one")["networkInterfaces"][0]
    assert (nic["network"].rpartition("/")[2], nic["networkIP"]) == ("mine", "10.0.0.2")
    for number in range(3):
        ended = api.insert(instance(f"i{number}", networkInterfaces=[named]))
        assert "error" not in ended
    ended = api.insert(instance("last", networkInterfaces=[named]))
    error = ended["error"]["errors"][0]
    assert error["code"] == "IP_SPACE_EXHAUSTED_WITH_DETAILS"
    assert f"IP space of 'projects/{api.project}{SUBNETWORKS}/sub' is exhausted." in error["message"]
    in_use = api.refused("DELETE", f"{SUBNETWORKS}/sub")
    assert in_use[1] == "resourceInUseByAnotherResource"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ipCidrRange": "10.0.0.0/30"}, "resource.ipCidrRange"),
        ({"ipCidrRange": "10.0.0.1/24"}, "resource.ipCidrRange"),
        ({"network": "global/networks/default"}, "resource.network"),
        ({"name": "Sub"}, "resource.name"),
    ],
)
def test_subnetworks_of_no_use(api: Api, changes: Json, field: str) -> None:
    network(api, auto=False)
    body = {"name": "sub", "network": "global/networks/mine", "ipCidrRange": "10.0.0.0/24", **changes}
    assert f"'{field}'" in api.refused("POST", SUBNETWORKS, body)[2]


def test_subnetworks_that_clash(api: Api) -> None:
    network(api, auto=False)
    body = {"name": "sub", "network": "global/networks/mine", "ipCidrRange": "10.0.0.0/24"}
    assert api.refused("POST", SUBNETWORKS, {**body, "network": "global/networks/gone"})[:2] == (404, "notFound")
    api.done(api.begin("POST", SUBNETWORKS, body))
    assert api.refused("POST", SUBNETWORKS, body)[:2] == (409, "alreadyExists")
    assert "conflicts with existing subnetwork" in api.refused("POST", SUBNETWORKS, {**body, "name": "other"})[2]
    blocked = api.done(api.begin("DELETE", f"{NETWORKS}/mine"))["error"]["errors"][0]
    assert blocked["message"].endswith(f"is already being used by 'projects/{api.project}{SUBNETWORKS}/sub'")
    assert "error" not in api.done(api.begin("DELETE", f"{SUBNETWORKS}/sub"))
    assert api.refused("GET", f"{SUBNETWORKS}/sub")[:2] == (404, "notFound")
    assert "error" not in api.done(api.begin("DELETE", f"{NETWORKS}/mine"))
    assert "goes with its network" in api.refused("DELETE", f"{SUBNETWORKS}/default")[2]


def test_a_project_without_the_default_network(api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"projects": {api.project: {"default_network": False}}})
    assert "items" not in api.get(NETWORKS)
    said = (
        "Invalid value for field 'resource.networkInterfaces[0].network': 'global/networks/default'. The referenced "
        "network resource cannot be found."
    )
    assert api.not_made(instance()) == (400, "invalid", said)
    assert api.not_made(instance(networkInterfaces=[{}])) == (400, "invalid", said)
    assert api.refused("GET", f"{SUBNETWORKS}/default")[0] == 404
    assert "error" not in network(api, "default")
    assert "error" not in api.insert(instance())


def test_a_subnetwork_of_another_network(api: Api) -> None:
    network(api)
    said = api.not_made(in_network("mine", subnetwork="regions/us-central1/subnetworks/default"))[2]
    assert "does not belong to the network" in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mtu": 1299}, "Invalid value for field 'resource.mtu': '1299'. Must be greater than or equal to 1300"),
        ({"mtu": 9000}, "Invalid value for field 'resource.mtu': '9000'. Must be less than or equal to 8896"),
        ({"name": "Mine"}, "Invalid value for field 'resource.name': 'Mine'."),
        ({"autoCreateSubnetworks": None}, "Invalid value for field 'resource.IPv4Range': ''."),
    ],
)
def test_networks_of_no_use(api: Api, changes: Json, said: str) -> None:
    body = {"name": "mine", "autoCreateSubnetworks": True, **changes}
    assert api.refused("POST", NETWORKS, body)[2].startswith(said)


def test_a_name_is_taken_once(api: Api) -> None:
    path = f"projects/{api.project}/global/networks/default"
    body = {"name": "default", "autoCreateSubnetworks": True}
    assert api.refused("POST", NETWORKS, body) == (409, "alreadyExists", f"The resource '{path}' already exists")


def test_it_is_not_ready_before_its_operation_is_done(api: Api, emulator: Emulator) -> None:
    emulator.world.clock.change({"operation_seconds": 0.5})
    begun = api.begin("POST", NETWORKS, {"name": "mine", "autoCreateSubnetworks": True})
    said = f"The resource 'projects/{api.project}/global/networks/mine' is not ready"
    assert api.not_made(in_network("mine")) == (400, "resourceNotReady", said)
    rule = {"name": "r", "network": "global/networks/mine", "allowed": ALLOWED}
    assert api.refused("POST", "/global/firewalls", rule)[2] == said
    api.done(begun)
    emulator.world.clock.change({"operation_seconds": 0.04})
    assert "error" not in api.insert(in_network("mine"))


def test_a_network_in_use_stays(api: Api) -> None:
    network(api)
    rule = {"name": "r", "network": "global/networks/mine", "allowed": ALLOWED}
    api.done(api.begin("POST", "/global/firewalls", rule))
    path = f"projects/{api.project}/global/networks/mine"
    ended = api.done(api.begin("DELETE", f"{NETWORKS}/mine"))
    assert ended["error"]["errors"] == [
        {
            "code": "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE",
            "message": f"The network resource '{path}' is already being used by "
            f"'projects/{api.project}/global/firewalls/r'",
        }
    ]
    api.done(api.begin("DELETE", "/global/firewalls/r"))
    api.insert(in_network("mine"))
    assert "instances/one'" in api.done(api.begin("DELETE", f"{NETWORKS}/mine"))["error"]["errors"][0]["message"]
    api.done(api.begin("DELETE", f"/zones/{ZONE}/instances/one"))
    assert "error" not in api.done(api.begin("DELETE", f"{NETWORKS}/mine"))
    assert api.refused("GET", f"{NETWORKS}/mine") == (404, "notFound", f"The resource '{path}' was not found")


def test_they_are_counted(api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"quotas": {"NETWORKS": 1, "FIREWALLS": 0}})
    error = network(api)["error"]["errors"][0]
    assert (error["code"], error["message"]) == ("QUOTA_EXCEEDED", "Quota 'NETWORKS' exceeded.  Limit: 1.0 globally.")
    assert api.refused("GET", f"{NETWORKS}/mine")[0] == 404
    ended = api.done(api.begin("POST", "/global/firewalls", {"name": "r", "allowed": ALLOWED}))
    assert ended["error"]["errors"][0]["message"] == "Quota 'FIREWALLS' exceeded.  Limit: 0.0 globally."
    assert "items" not in api.get("/global/firewalls")
