"""The adapter against moto as it is, without the layer that makes an account of it: what moto can answer."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from cloudgpu.errors import CloudgpuError, MachineError, NetworkError
from cloudgpu.model import Gpu, Network, Offer, Origin, State
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.retry import until
from cloudgpu.testing import samples
from cloudgpu.testing.contract import ref_of
from tests.providers_aws.cloud import sign_in

HERE, THERE = "192.0.2.7/32", "198.51.100.9/32"
OFFER = Offer(
    provider="aws", region="us-east-1", zone="us-east-1b", instance_type="g4dn.xlarge", gpu=Gpu("T4"), vcpus=4,
    memory_gb=16.0, hourly=Decimal("0.526"),
)  # fmt: skip
IMAGE = {
    "ami_id": "ami-0deep1ea4n1n90000",
    "name": "Deep Learning Base AMI with Single CUDA (Ubuntu 24.04) 20261109",
    "description": "as Amazon's",
    "owner_id": "898082745236",
    "owner_alias": "amazon",
    "architecture": "x86_64",
    "public": True,
    "virtualization_type": "hvm",
    "hypervisor": "xen",
    "root_device_type": "ebs",
    "root_device_name": "/dev/sda1",
    "creation_date": "2026-11-09T00:00:00.000Z",
    "state": "available",
    "image_type": "machine",
    "image_location": "amazon/deep",
    "sriov": "simple",
}


def silent() -> CloudgpuError:
    return MachineError("moto does not answer.", remedy="Look at its output.")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    images = tmp_path_factory.mktemp("moto") / "images.json"
    images.write_text(json.dumps([IMAGE]))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    server = subprocess.Popen(
        [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        env={"PATH": "/usr/bin:/bin", "MOTO_AMIS_PATH": str(images)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/moto-api/data.json"), within=60, otherwise=silent)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30):
            return True
    except (urllib.error.URLError, ConnectionError):
        return False


@pytest.fixture
def account(url: str, monkeypatch: pytest.MonkeyPatch) -> Aws:
    sign_in(monkeypatch, url, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="any")
    return Aws(Origin("aws"))


def test_a_machines_life(account: Aws) -> None:
    assert account.verify() == "123456789012"
    spec = samples.spec(OFFER)
    made = account.create(spec)
    assert made.state is State.PENDING
    found = account.find(ref_of(spec))
    assert found and (found.state, found.ref, found.gpu) == (State.RUNNING, made.ref, Gpu("T4"))
    assert found.host
    assert [one.ref for one in account.instances()] == [made.ref]
    assert [line.split()[0] for line in account.leftovers(spec.launch_id)] == ["instance", "disk", "security"]
    account.stop(made.ref)
    stopped = account.find(made.ref)
    assert stopped and (stopped.state, stopped.host) == (State.STOPPED, None)
    started = account.start(made.ref, caller_cidr=THERE)
    assert (started.ref, started.state) == (made.ref, State.RUNNING)
    account.destroy(made.ref)
    assert account.find(made.ref) is None
    assert account.instances() == []
    assert list(account.leftovers(spec.launch_id)) == []
    account.destroy(made.ref)


def test_what_was_asked_for_is_what_moto_keeps(account: Aws) -> None:
    spec = samples.spec(replace(OFFER, spot=True))
    made = account.create(spec)
    assert made.ref.id and made.spot
    ec2 = account._account.ec2("us-east-1")
    (group,) = ec2.describe_security_groups(
        Filters=[{"Name": "group-name", "Values": [f"cloudgpu-{spec.launch_id}-ssh"]}]
    )["SecurityGroups"]
    assert [one["CidrIp"] for rule in group["IpPermissions"] for one in rule["IpRanges"]] == [HERE]
    (disk,) = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [made.ref.id]}])["Volumes"]
    assert (disk["VolumeType"], disk["Size"], disk["Encrypted"]) == ("gp3", 100, True)
    assert {tag["Key"] for tag in disk["Tags"]} >= {"cloudgpu-launch-id", "cloudgpu-owner", "cloudgpu-expires"}
    account.destroy(made.ref)


def test_a_region_without_a_network_and_the_one_that_is_made(account: Aws) -> None:
    offer = replace(OFFER, region="eu-west-3", zone="eu-west-3a")
    ec2 = account._account._opened().client("ec2", region_name="eu-west-3")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    assert account.network(Network(), offer) == Network("default")
    with pytest.raises(NetworkError):
        account.network(Network("lab"), offer)
    assert account.make_network(offer) == Network("default"), "there already"
    assert vpc["VpcId"] in {one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]}
