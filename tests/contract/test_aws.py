"""The provider contract, kept by the AWS adapter over HTTP through the real boto3."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("cloudgpu.testing.contract")

from cloudgpu.model import Origin  # noqa: E402 - asserts are rewritten at import
from cloudgpu.protocols import Provider  # noqa: E402
from cloudgpu.providers.aws.provider import Aws  # noqa: E402
from cloudgpu.testing.abilities import NetworkContract, QuotaContract, StopContract  # noqa: E402
from cloudgpu.testing.contract import ProviderContract  # noqa: E402
from tests.providers_aws.cloud import Cloud, serve, sign_in  # noqa: E402


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serve(tmp_path_factory.mktemp("aws")) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def account(cloud: Cloud) -> Iterator[Aws]:
    with pytest.MonkeyPatch.context() as patch:
        sign_in(patch, cloud.url)
        aws = Aws(Origin("aws"))
        aws.verify()
        yield aws


class TestAws(ProviderContract, StopContract, NetworkContract, QuotaContract):
    @pytest.fixture
    def provider(self, account: Aws, cloud: Cloud) -> Iterator[Provider]:
        self.place = cloud
        yield account
        cloud.world.faults.clear()
        cloud.configure(capacity=None, quotas=None)

    def refuse_start(self, zone: str) -> None:
        self.place.configure(capacity={"dry": [{"zone": zone, "times": 1}]})

    def refuse(self, zone: str) -> None:
        self.place.fault("RunInstances", code="InsufficientInstanceCapacity", http_status=500, match={"zone": zone})

    def lose_answer(self) -> None:
        self.place.fault("RunInstances", "lost_response")
