"""Finding, removing, the cloud's own channels, and an account that is not as it should be."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from cloudgpu.errors import AuthError, NoRouteError, PermissionError_, PolicyError, ProviderError
from cloudgpu.model import InstanceRef, Origin
from cloudgpu.protocols import HasConsole, HasHostKeys, HasLeftovers
from cloudgpu.providers import registry
from cloudgpu.providers.gcp.provider import Gcp
from cloudgpu.testing.samples import HOST_KEY
from tests.providers_gcp.bed import PROJECT, Bed, ref_of
from tests.providers_gcp.conftest import MakeSpec


def test_verify_is_one_question(gcp: Gcp, bed: Bed) -> None:
    before = len(bed.asked)
    assert gcp.verify() == PROJECT
    assert len(bed.asked) == before + 1


def test_opened_by_name_with_every_ability(signed_in: pytest.MonkeyPatch) -> None:
    opened = registry.open_provider(Origin("gcp"))
    assert opened.verify() == PROJECT
    assert isinstance(opened, (HasConsole, HasHostKeys, HasLeftovers))


@pytest.mark.parametrize(
    ("project", "setting", "kind", "remedy"),
    [
        ("no-such-project", {}, AuthError, "--project"),
        (PROJECT, {"compute_api": False}, PermissionError_, "gcloud services enable compute.googleapis.com"),
        (PROJECT, {"billing": False}, PermissionError_, "https://console.cloud.google.com/billing"),
    ],
)
def test_an_account_that_is_not_as_it_should_be(
    bed: Bed,
    signed_in: pytest.MonkeyPatch,
    project: str,
    setting: dict[str, bool],
    kind: type[ProviderError],
    remedy: str,
) -> None:
    if setting:
        bed.configure({"projects": {project: setting}})
    with pytest.raises(kind) as caught:
        Gcp(Origin("gcp", project=project)).verify()
    assert type(caught.value) is kind
    assert remedy in caught.value.remedy
    assert caught.value.code
    assert caught.value.details


def test_a_missing_permission_names_the_role(gcp: Gcp, bed: Bed) -> None:
    message = f"Required 'compute.projects.get' permission for 'projects/{PROJECT}'"
    bed.fault("compute.projects.get", "error", code="forbidden", message=message, http_status=403, surface="http")
    with pytest.raises(PermissionError_) as caught:
        gcp.verify()
    assert "compute.projects.get" in caught.value.brief
    assert f"gcloud projects add-iam-policy-binding {PROJECT}" in caught.value.remedy


def test_no_credentials(signed_in: pytest.MonkeyPatch) -> None:
    signed_in.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    with pytest.raises(AuthError) as caught:
        Gcp(Origin("gcp", project="p")).verify()
    assert "gcloud auth application-default login" in caught.value.remedy


def test_nobody_listens_there(signed_in: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    signed_in.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", f"http://127.0.0.1:{port}")
    with pytest.raises(NoRouteError) as caught:
        Gcp(Origin("gcp")).verify()
    assert caught.value.remedy
    assert str(port) in caught.value.details


class LoginPage(BaseHTTPRequestHandler):
    """What a hotel's network answers to everything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Welcome! Room number?</html>")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


def test_somebody_else_answers_there(signed_in: pytest.MonkeyPatch) -> None:
    with HTTPServer(("127.0.0.1", 0), LoginPage) as hotel:
        serving = threading.Thread(target=hotel.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        signed_in.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", f"http://127.0.0.1:{hotel.server_port}")
        try:
            with pytest.raises(NoRouteError) as caught:
                Gcp(Origin("gcp")).verify()
        finally:
            hotel.shutdown()
            serving.join()
    assert "proxy" in caught.value.remedy


def test_a_question_whose_answer_was_lost_is_asked_again(gcp: Gcp, bed: Bed) -> None:
    bed.fault("compute.projects.get", "reset", times=2)
    bed.fault("compute.projects.get", "error", code="backendError", http_status=503, surface="http")
    assert gcp.verify() == PROJECT


def test_instances_are_found_by_label_in_every_zone(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    near, far = make_spec("us-central1-a"), make_spec("europe-west4-b")
    made = {gcp.create(near).ref, gcp.create(far).ref}
    before = len(bed.asked)
    assert {one.ref for one in gcp.instances()} == made
    (asked,) = bed.asked[before:]
    assert "/aggregated/instances?" in asked
    assert "maxResults=500" in asked
    nowhere = InstanceRef(far.name, far.launch_id, "", "")
    found = gcp.find(nowhere)
    assert found is not None
    assert found.ref.zone == "europe-west4-b"
    assert gcp.find(InstanceRef("x", "never-there", "", "")) is None


def test_the_machines_keys_and_words_come_through_the_cloud(gcp: Gcp, make_spec: MakeSpec) -> None:
    spec = make_spec()
    ref = ref_of(spec)
    assert (list(gcp.host_keys(ref)), gcp.console(ref)) == ([], "")
    made = gcp.create(spec)
    assert HOST_KEY in gcp.host_keys(ref)
    assert "booting" in gcp.console(ref)
    found = gcp.find(ref)
    assert found is not None
    assert (found.ref, found.host, found.ssh_port) == (made.ref, "127.0.0.1", 2222)


def test_channels_that_a_policy_has_closed(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    gcp.create(spec)
    closed = {"compute.disableSerialPortAccess": True, "compute.disableGuestAttributesAccess": True}
    bed.configure({"projects": {PROJECT: {"policies": closed}}})
    assert gcp.console(ref_of(spec)) == ""
    with pytest.raises(PolicyError) as caught:
        gcp.host_keys(ref_of(spec))
    assert "compute.disableGuestAttributesAccess" in caught.value.details
    assert caught.value.remedy
    bed.configure({"projects": {PROJECT: {}}})
    message = f"The resource 'projects/{PROJECT}/zones/us-central1-a/instances/x' is not ready"
    for call in ("getGuestAttributes", "getSerialPortOutput"):
        bed.fault(
            f"compute.instances.{call}",
            "error",
            code="resourceNotReady",
            message=message,
            http_status=400,
            surface="http",
        )
    assert (list(gcp.host_keys(ref_of(spec))), gcp.console(ref_of(spec))) == ([], "")


def test_nothing_is_asked_before_the_first_question(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    gcp = Gcp(Origin("gcp"))
    with pytest.raises(AuthError):
        gcp.verify()
