"""What the discovery document does not know is refused, in Google's own format."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from cloudgpu.rehearsal.gce.discovery import read, trimmed
from cloudgpu.rehearsal.gce.routes import HANDLERS
from tests.rehearsal_gce.asking import IMAGE, ZONE, Api, instance


def test_every_method_of_the_document_is_served() -> None:
    assert set(HANDLERS) == set(read(trimmed()).methods)


def test_a_refusal_is_in_googles_own_format(api: Api) -> None:
    status, answer = api.ask("POST", f"/zones/{ZONE}/instances", instance(machineTyp="x"))
    message = 'Invalid JSON payload received. Unknown name "machineTyp": Cannot find field.'
    assert status == 400
    assert answer == {
        "error": {
            "code": 400,
            "message": message,
            "errors": [{"message": message, "domain": "global", "reason": "badRequest"}],
            "status": "INVALID_ARGUMENT",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.BadRequest",
                    "fieldViolations": [{"description": message}],
                }
            ],
        }
    }
    assert "items" not in api.get(f"/zones/{ZONE}/instances")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"scheduling": {"onHostMaintenence": "TERMINATE"}},
            "Unknown name \"onHostMaintenence\" at 'scheduling': Cannot find field.",
        ),
        (
            {"disks": [{"boot": True, "initializeParams": {"diskSizeGB": "10"}}]},
            "Unknown name \"diskSizeGB\" at 'disks[0].initializeParams': Cannot find field.",
        ),
        (
            {"scheduling": {"provisioningModel": "spot"}},
            "Invalid value at 'scheduling.provisioningModel' (TYPE_ENUM), \"spot\"",
        ),
        ({"disks": {"boot": True}}, "Invalid value at 'disks' (repeated)"),
        ({"name": 5}, "Invalid value at 'name' (TYPE_STRING), 5"),
        ({"canIpForward": "yes"}, "Invalid value at 'canIpForward' (TYPE_BOOL), \"yes\""),
        ({"labels": {"a": 1}}, "Invalid value at 'labels.a' (TYPE_STRING), 1"),
        ({"labels": ["a"]}, "Invalid value at 'labels'"),
        (
            {"scheduling": "SPOT"},
            "Invalid value at 'scheduling' (type.googleapis.com/google.cloud.compute.v1.Scheduling)",
        ),
        (
            {"scheduling": {"maxRunDuration": {"seconds": "8h"}}},
            "Invalid value at 'scheduling.maxRunDuration.seconds' (TYPE_INT64), \"8h\"",
        ),
        (
            {"guestAccelerators": [{"acceleratorType": "x", "acceleratorCount": 2**31}]},
            "Invalid value at 'guestAccelerators[0].acceleratorCount' (TYPE_INT32), 2147483648",
        ),
        ({"labelFingerprint": "not base64!"}, "Invalid value at 'labelFingerprint' (TYPE_STRING)"),
    ],
)
def test_fields_are_checked_at_any_depth(api: Api, changes: dict[str, Any], message: str) -> None:
    status, reason, said = api.not_made(instance(**changes))
    assert (status, reason) == (400, "badRequest")
    assert message in said


@pytest.mark.parametrize(
    ("query", "reason", "message"),
    [
        ({"maxResult": "1"}, "badRequest", 'Unknown name "maxResult": Cannot bind query parameter.'),
        ({"maxResults": "many"}, "badRequest", "Invalid value at 'maxResults' (TYPE_UINT32), \"many\""),
        ({"maxResults": "501"}, "invalid", "Invalid value for field 'maxResults': '501'."),
        ({"maxResults": ["1", "2"]}, "badRequest", "'maxResults', query parameter is given more than once."),
        ({"pageToken": "abc"}, "invalid", "Invalid value for field 'pageToken': 'abc'."),
        ({"orderBy": "zone"}, "invalid", "Invalid value for field 'orderBy': 'zone'."),
        ({"alt": "xml"}, "badRequest", "Invalid value at 'alt' (TYPE_ENUM), \"xml\""),
    ],
)
def test_query_parameters_are_checked(api: Api, query: dict[str, object], reason: str, message: str) -> None:
    status, why, said = api.refused("GET", f"/zones/{ZONE}/instances", **query)
    assert (status, why) == (400, reason)
    assert message in said


def test_parameters_of_every_method_and_numbers_as_numbers_are_taken(api: Api) -> None:
    api.get(f"/zones/{ZONE}/instances", **{"alt": "json", "$alt": "json;enum-encoding=int", "prettyPrint": "false"})
    body = instance(hostname=None)
    body["disks"][0]["initializeParams"]["diskSizeGb"] = 50
    assert "error" not in api.insert(body)


def test_a_number_out_of_its_range(api: Api) -> None:
    path = f"/zones/{ZONE}/instances/one/serialPort"
    assert api.refused("GET", path, port=9)[1:] == (
        "invalid",
        "Invalid value for field 'port': '9'. Must be less than or equal to 4",
    )


def test_what_is_required(api: Api) -> None:
    assert api.not_made({}) == (400, "required", "Required field 'resource' not specified")
    nameless = {key: value for key, value in instance().items() if key != "name"}
    assert api.not_made(nameless) == (400, "required", "Required field 'resource.name' not specified")
    keyless = instance(metadata={"items": [{"value": "x"}]})
    assert api.not_made(keyless) == (400, "required", "Required field 'resource.metadata.items[0].key' not specified")
    assert api.not_made(instance(machineType=None))[1:] == (
        "required",
        "Required field 'resource.machineType' not specified",
    )
    assert (
        api.not_made(instance(disks=[]))[2] == "Invalid value for field 'resource.disks': ''. No disks are specified."
    )
    assert "At least one network interface is required." in api.not_made(instance(networkInterfaces=[]))[2]
    assert api.refused("POST", "/global/firewalls", {"allowed": []})[1] == "required"


def test_names_and_paths(api: Api) -> None:
    regex = "(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)"
    for name in ("My_GPU", "a" * 64, "x-"):
        said = f"Invalid value for field 'resource.name': '{name}'. Must be a match of regex '{regex}'"
        assert api.not_made(instance(name)) == (400, "invalid", said)
    status, reason, said = api.refused("GET", f"/zones/{ZONE}/instances/instance-")
    assert (status, reason) == (400, "invalid")
    assert said.startswith("Invalid value for field 'instance': 'instance-'. Must be a match of regex '[a-z]")
    said = "Invalid value for field 'zone': 'us-central1'. Unknown zone."
    assert api.refused("GET", "/zones/us-central1/instances") == (400, "invalid", said)
    assert api.refused("GET", "/zones/us-central1")[0] == 404
    assert api.refused("GET", "/regions/us-central1-a")[1] == "notFound"


def test_what_is_no_json_or_no_method(api: Api) -> None:
    url = f"{api.endpoint}/compute/v1/projects/{api.project}/zones/{ZONE}/instances"
    headers = {"Authorization": "Bearer x"}
    broken = requests.post(url, data=b"{", headers=headers, timeout=5)
    assert (broken.status_code, broken.json()["error"]["errors"][0]["reason"]) == (400, "parseError")
    listed = requests.post(url, data=b"[]", headers=headers, timeout=5)
    assert listed.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert api.refused("GET", "/zonez") == (404, "notFound", "Not Found")
    assert api.refused("PUT", f"/zones/{ZONE}/instances")[0] == 404
    assert api.refused("POST", f"/zones/{ZONE}/instances/one/stop", {"now": True})[1] == "badRequest"
    assert requests.get(f"{api.endpoint}/elsewhere", headers=headers, timeout=5).json()["error"]["code"] == 404


def test_nobody_comes_in_without_a_token(api: Api) -> None:
    url = f"{api.endpoint}/compute/v1/projects/{api.project}"
    for headers in ({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer "}):
        answer = requests.get(url, headers=headers, timeout=5)
        error = answer.json()["error"]
        assert (answer.status_code, error["status"]) == (401, "UNAUTHENTICATED")
        assert error["details"][0]["reason"] == "CREDENTIALS_MISSING"


def test_references_are_urls(api: Api) -> None:
    bare = api.not_made(instance(machineType="n1-standard-4"))
    assert bare[2] == "Invalid value for field 'resource.machineType': 'n1-standard-4'. The URL is malformed."
    full = f"https://www.googleapis.com/compute/v1/projects/{api.project}/zones/{ZONE}/machineTypes/n1-standard-4"
    body = instance(machineType=full)
    body["disks"][0]["initializeParams"]["sourceImage"] = f"https://compute.googleapis.com/compute/v1/{IMAGE}"
    assert "error" not in api.insert(body)
