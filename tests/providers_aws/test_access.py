"""Who one is, and whether AWS can be reached at all."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cloudgpu.errors import AuthError, NoRouteError, ProviderError
from cloudgpu.model import GpuRequest, Origin
from cloudgpu.providers.aws import open_provider
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.rehearsal.credentials import ACCESS_KEY, ACCOUNT, SECRET_KEY
from tests.providers_aws.cloud import Cloud, sign_in


def test_the_account_is_named(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch, cloud.url)
    assert open_provider(Origin("aws")).verify() == ACCOUNT


def test_opening_a_provider_asks_nobody_and_importing_the_package_loads_no_sdk() -> None:
    code = (
        "import sys, cloudgpu.providers.aws as aws; assert not {'boto3', 'botocore'} & set(sys.modules);"
        "from cloudgpu.model import Origin; print(aws.open_provider(Origin('aws', profile='nobody')).name)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "aws\n"


def test_a_profile_is_used(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = tmp_path / "credentials"
    keys.write_text(
        f"[work]\naws_access_key_id={ACCESS_KEY}\naws_secret_access_key={SECRET_KEY}\nregion=eu-central-1\n"
    )
    sign_in(
        monkeypatch,
        cloud.url,
        AWS_ACCESS_KEY_ID=None,
        AWS_SECRET_ACCESS_KEY=None,
        AWS_SHARED_CREDENTIALS_FILE=str(keys),
    )
    provider = Aws(Origin("aws", profile="work"))
    assert provider.verify() == ACCOUNT
    assert "eu-central-1" in {offer.region for offer in provider.offers(GpuRequest())}, "the profile's own region"
    with pytest.raises(AuthError) as caught:
        Aws(Origin("aws", profile="wrok")).verify()
    assert caught.value.remedy.startswith("Did you mean work?")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "NoCredentialsError"),
        ({"AWS_SECRET_ACCESS_KEY": None}, "PartialCredentialsError"),
        ({"AWS_PROFILE": "nobody"}, "ProfileNotFound"),
        ({"AWS_ACCESS_KEY_ID": "AKIANOBODYKNOWSTHISK"}, "InvalidClientTokenId"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "SignatureDoesNotMatch"),
    ],
)
def test_without_good_credentials_the_error_says_how_to_get_them(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str | None], code: str
) -> None:
    sign_in(monkeypatch, cloud.url, **changes)
    with pytest.raises(AuthError) as caught:
        Aws(Origin("aws")).verify()
    assert caught.value.code == code
    assert "aws " in caught.value.remedy


@pytest.fixture
def nowhere() -> str:
    """An address of this computer at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_a_region_that_aws_does_not_have(nowhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch, nowhere, AWS_DEFAULT_REGION="us-east-9")
    with pytest.raises(ProviderError) as caught:
        Aws(Origin("aws")).verify()
    assert (caught.value.code, caught.value.remedy) == ("InvalidRegionError", "aws configure set region us-east-1")


def test_a_cloud_that_cannot_be_reached(nowhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch, nowhere)
    with pytest.raises(NoRouteError) as caught:
        Aws(Origin("aws")).verify()
    assert caught.value.code == "EndpointConnectionError"
