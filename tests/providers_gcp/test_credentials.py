"""Who is asking, and what is said when nobody can be found to ask as."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudgpu.errors import AuthError
from cloudgpu.providers.gcp.credentials import sign_in
from cloudgpu.providers.gcp.session import endpoint
from cloudgpu.rehearsal.service_account import key_file

USER = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
KEY = key_file("http://127.0.0.1:9")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A computer on which nobody ever signed in, with gcloud's folder here."""
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "GCE_METADATA_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", "")  # a gcloud that is started to find something out would not be found
    return tmp_path


def signed_in_with_gcloud(folder: Path, **more: str) -> None:
    (folder / "application_default_credentials.json").write_text(json.dumps(USER | more))


def test_nobody_is_told_where_was_looked(bare: Path) -> None:
    with pytest.raises(AuthError) as caught:
        sign_in("p")
    assert caught.value.remedy.startswith("gcloud auth application-default login")
    assert str(bare) in caught.value.details


@pytest.mark.parametrize(
    "content",
    ["not json", "{}", '{"type": "service_account", "client_email": "a@b"}', '{"type": "martian"}', None],
)
def test_half_credentials(bare: Path, monkeypatch: pytest.MonkeyPatch, content: str | None) -> None:
    path = bare / "key.json"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    with pytest.raises(AuthError) as caught:
        sign_in("p")
    assert str(path) in caught.value.brief
    assert caught.value.details
    assert caught.value.remedy


def test_a_folder_is_no_key(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(bare))
    with pytest.raises(AuthError):
        sign_in("p")


def test_the_project_is_the_one_given_else_of_the_environment_else_of_the_key(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / "key.json").write_text(KEY)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(bare / "key.json"))
    assert sign_in(None)[1] == "cloudgpu-rehearsal"
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "of-the-environment")
    assert sign_in(None)[1] == "of-the-environment"
    assert sign_in("given")[1] == "given"


def test_a_person_needs_a_project_and_pays_with_it(bare: Path) -> None:
    signed_in_with_gcloud(bare)
    with pytest.raises(AuthError) as caught:
        sign_in(None)
    assert "GOOGLE_CLOUD_PROJECT" in caught.value.remedy
    credentials, project = sign_in("p")
    assert (project, credentials.quota_project_id) == ("p", "p")
    signed_in_with_gcloud(bare, quota_project_id="another")
    assert sign_in("p")[0].quota_project_id == "another"


@pytest.mark.parametrize(
    ("override", "where"),
    [
        ("", None),
        ("http://127.0.0.1:99", "http://127.0.0.1:99"),
        ("http://127.0.0.1:99/", "http://127.0.0.1:99"),
        ("https://compute.example/compute/v1/", "https://compute.example"),
        ("https://compute.example/compute/v1", "https://compute.example"),
    ],
)
def test_another_endpoint(monkeypatch: pytest.MonkeyPatch, override: str, where: str | None) -> None:
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", override)
    assert endpoint() == where
