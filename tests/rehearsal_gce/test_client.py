"""The same through the real google-cloud-compute."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.rehearsal_gce.asking import ZONE, Api, instance
from tests.rehearsal_gce.conftest import Emulator


@pytest.fixture(scope="module")
def sdk() -> Any:
    """The messages. Imported late and the way the product does it: the whole package takes seconds."""
    importlib.import_module("cloudgpu.providers.gcp.sdk")
    return importlib.import_module("google.cloud.compute_v1.types.compute")


class Clients:
    """`Instances` is an `InstancesClient` for the emulator, and so on."""

    def __init__(self, endpoint: str) -> None:
        from google.api_core.client_options import ClientOptions
        from google.oauth2.credentials import Credentials

        self._options = {"client_options": ClientOptions(api_endpoint=endpoint), "credentials": Credentials("token")}

    def __getattr__(self, name: str) -> Any:
        module = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        services = importlib.import_module(f"google.cloud.compute_v1.services.{module}")
        return getattr(services, f"{name}Client")(**self._options)


@pytest.fixture(scope="module")
def clients(sdk: Any, emulator: Emulator) -> Clients:
    return Clients(emulator.endpoint)


@pytest.fixture
def made(sdk: Any, clients: Clients, api: Api) -> Iterator[Any]:
    """An inserted instance's operation, done."""
    resource = sdk.Instance.from_json(_text(instance()))
    begun = clients.Instances.insert_unary(
        sdk.InsertInstanceRequest(project=api.project, zone=ZONE, instance_resource=resource, request_id=str(uuid4()))
    )
    yield clients.ZoneOperations.wait(project=api.project, zone=ZONE, operation=begun.name)


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body)


def test_from_insert_to_delete(sdk: Any, clients: Clients, api: Api, made: Any) -> None:
    assert made.status == sdk.Operation.Status.DONE
    assert not made.error.errors
    where = {"project": api.project, "zone": ZONE, "instance": "one"}
    found = clients.Instances.get(**where)
    assert (found.status, found.id) == ("RUNNING", made.target_id)
    assert found.network_interfaces[0].access_configs[0].nat_i_p == "127.0.0.1"
    assert found.guest_accelerators[0].accelerator_count == 1
    assert "SSH HOST KEY" in clients.Instances.get_serial_port_output(**where).contents
    listed = clients.Instances.aggregated_list(
        sdk.AggregatedListInstancesRequest(project=api.project, filter="labels.cloudgpu-name=one", max_results=1)
    )
    assert [one.name for _, scoped in listed for one in scoped.instances] == ["one"]
    gone = clients.Instances.delete_unary(**where)
    clients.ZoneOperations.wait(project=api.project, zone=ZONE, operation=gone.name)
    from google.api_core.exceptions import NotFound

    with pytest.raises(NotFound, match="was not found"):
        clients.Instances.get(**where)


def test_the_pager_follows_the_pages(sdk: Any, clients: Clients, filled: Api) -> None:
    request = sdk.ListInstancesRequest(project=filled.project, zone=ZONE, max_results=1)
    assert [one.name for one in clients.Instances.list(request)] == ["a", "b"]
    zones = dict(clients.AcceleratorTypes.aggregated_list(project=filled.project))
    assert "nvidia-tesla-t4" in {one.name for one in zones[f"zones/{ZONE}"].accelerator_types}
    image = clients.Images.get_from_family(project="ubuntu-os-cloud", family="ubuntu-2404-lts-amd64")
    assert image.disk_size_gb == 10
    assert {one.metric for one in clients.Projects.get(project=filled.project).quotas} >= {"GPUS_ALL_REGIONS"}


def test_a_wrong_enum(sdk: Any, clients: Clients, api: Api) -> None:
    from google.api_core.exceptions import BadRequest

    body = instance(scheduling={"onHostMaintenance": "TERMINATE", "provisioningModel": "SPOTTY"})
    with pytest.raises(BadRequest) as refused:
        clients.Instances.insert_unary(
            project=api.project, zone=ZONE, instance_resource=sdk.Instance.from_json(_text(body))
        )
    assert refused.value.message.endswith("Invalid value at 'scheduling.provisioningModel' (TYPE_ENUM), \"SPOTTY\"")
    assert refused.value.errors[0]["reason"] == "badRequest"


def test_what_is_missing(sdk: Any, clients: Clients, api: Api) -> None:
    from google.api_core.exceptions import BadRequest

    place = {"project": api.project, "zone": ZONE}
    with pytest.raises(BadRequest, match="Required field 'resource' not specified"):
        clients.Instances.insert_unary(**place, instance_resource=sdk.Instance())
    with pytest.raises(BadRequest, match=r"Required field 'resource.name' not specified"):
        clients.Instances.insert_unary(**place, instance_resource=sdk.Instance(machine_type="x"))
    with pytest.raises(BadRequest, match="Exactly one of queryPath and variableKey") as refused:
        clients.Instances.insert_unary(**place, instance_resource=sdk.Instance.from_json(_text(instance())))
        clients.Instances.get_guest_attributes(**place, instance="one")
    assert refused.value.errors[0]["domain"] == "global"


def test_a_misspelt_field(sdk: Any, clients: Clients, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client knows no misspelt field: one is smuggled into what it sends."""
    from google.api_core.exceptions import BadRequest
    from google.auth.transport.requests import AuthorizedSession

    send = AuthorizedSession.request

    def misspelling(self: Any, method: str, url: str, data: str | None = None, **more: Any) -> requests.Response:
        sent = data.replace('"machineType"', '"machineTyp"') if data else data
        answer: requests.Response = send(self, method, url, data=sent, **more)
        return answer

    monkeypatch.setattr(AuthorizedSession, "request", misspelling)
    with pytest.raises(BadRequest, match=r'Unknown name "machineTyp": Cannot find field\.'):
        clients.Instances.insert_unary(
            project=api.project, zone=ZONE, instance_resource=sdk.Instance.from_json(_text(instance()))
        )


def test_a_lost_answer(sdk: Any, clients: Clients, api: Api, emulator: Emulator) -> None:
    match = {"project": api.project}
    emulator.world.faults.add(
        {"cloud": "gcp", "operation": "compute.instances.insert", "effect": "lost_response", "match": match}
    )
    request = sdk.InsertInstanceRequest(
        project=api.project,
        zone=ZONE,
        instance_resource=sdk.Instance.from_json(_text(instance())),
        request_id=str(uuid4()),
    )
    with pytest.raises(requests.ConnectionError):
        clients.Instances.insert_unary(request)
    again = clients.Instances.insert_unary(request)
    done = clients.ZoneOperations.wait(project=api.project, zone=ZONE, operation=again.name)
    assert not done.error.errors
    assert [one.id for one in clients.Instances.list(project=api.project, zone=ZONE)] == [again.target_id]


def test_an_operation_that_ends_badly(sdk: Any, clients: Clients, api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"quotas": {"NVIDIA_T4_GPUS": 0}})
    begun = clients.Instances.insert_unary(
        project=api.project, zone=ZONE, instance_resource=sdk.Instance.from_json(_text(instance()))
    )
    done = clients.ZoneOperations.wait(project=api.project, zone=ZONE, operation=begun.name)
    (error,) = done.error.errors
    assert error.code == "QUOTA_EXCEEDED"
    assert error.error_details[0].quota_info.metric_name == "compute.googleapis.com/nvidia_t4_gpus"
    assert done.http_error_status_code == 403


def test_a_stockout_with_its_hint(sdk: Any, clients: Clients, api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"capacity": {"dry": [{"zone": ZONE}]}})
    begun = clients.Instances.insert_unary(
        project=api.project, zone=ZONE, instance_resource=sdk.Instance.from_json(_text(instance()))
    )
    done = clients.ZoneOperations.wait(project=api.project, zone=ZONE, operation=begun.name)
    (error,) = done.error.errors
    assert error.code == "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"
    info = [one.error_info for one in error.error_details if one.error_info.reason]
    assert info[0].metadatas["zonesAvailable"] == "us-central1-b,us-central1-c,us-central1-f"
    assert done.http_error_status_code == 503


def test_networks_and_images(sdk: Any, clients: Clients, api: Api) -> None:
    network = sdk.Network(name="mine", auto_create_subnetworks=True)
    begun = clients.Networks.insert_unary(project=api.project, network_resource=network)
    done = clients.GlobalOperations.wait(project=api.project, operation=begun.name)
    assert not done.error.errors
    assert {one.name for one in clients.Networks.list(project=api.project)} == {"default", "mine"}
    found = clients.Subnetworks.get(project=api.project, region="us-west1", subnetwork="mine")
    assert found.network.endswith("/networks/mine")
    images = clients.Images.list(sdk.ListImagesRequest(project="debian-cloud", filter="family=debian-12"))
    assert [one.deprecated.state for one in images] == ["DEPRECATED", ""]


def test_a_service_accounts_key_file_opens_the_door(emulator: Emulator) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from google.auth.transport.requests import AuthorizedSession
    from google.oauth2.service_account import Credentials

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    info = {
        "type": "service_account",
        "client_email": "rehearsal@cloudgpu-rehearsal.iam.gserviceaccount.com",
        "token_uri": f"{emulator.endpoint}/token",
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    }
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    session = AuthorizedSession(Credentials.from_service_account_info(info, scopes=scopes))
    answer = session.get(f"{emulator.endpoint}/compute/v1/projects/cloudgpu-rehearsal", timeout=5)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "unsupported_grant_type"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "x"}, 400, "invalid_grant"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.!.c"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "r"}, 200, None),
    ],
)
def test_the_token_endpoint(emulator: Emulator, form: dict[str, str], status: int, error: str | None) -> None:
    answer = requests.post(f"{emulator.endpoint}/token", data=form, timeout=5)
    assert (answer.status_code, answer.json().get("error")) == (status, error)
    if not error:
        assert set(answer.json()) == {"access_token", "expires_in", "token_type"}
    assert requests.get(f"{emulator.endpoint}/token", timeout=5).status_code == 404
