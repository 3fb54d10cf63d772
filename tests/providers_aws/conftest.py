from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloudgpu.model import Gpu, GpuRequest, Offer, Origin
from cloudgpu.providers.aws.provider import Aws
from tests.providers_aws.cloud import Cloud, serve, sign_in


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serve(tmp_path_factory.mktemp("aws")) as cloud:
        yield cloud


@pytest.fixture(scope="package", autouse=True)
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What EC2 sells is kept on disk: not on this user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDGPU_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="package")
def aws(cloud: Cloud) -> Iterator[Aws]:
    """One account for all tests; what a test launches has its own launch id."""
    with pytest.MonkeyPatch.context() as patch:
        sign_in(patch, cloud.url)
        aws = Aws(Origin("aws"))
        aws.verify()
        yield aws


@pytest.fixture(autouse=True)
def no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "cloud" in request.fixturenames:
        request.getfixturevalue("cloud").world.faults.clear()


@pytest.fixture(scope="package")
def t4(aws: Aws) -> dict[str, Offer]:
    """The cheapest T4 in each zone of us-east-1."""
    offers = aws.offers(GpuRequest(gpu=Gpu("T4"), instance_type="g4dn.xlarge", regions=("us-east-1",)))
    return {offer.zone: offer for offer in offers}
