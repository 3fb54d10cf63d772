"""Accounts in the embedded clouds for the suite for a real one: each has a machine of somebody else in it, which bears
our labels, too."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from cloudgpu.rehearsal import client
from cloudgpu.rehearsal.credentials import ACCESS_KEY, PROJECT, REGION, SECRET_KEY, SERVICE_ACCOUNT
from tests.e2e.person import wait_for
from tests.rehearsal_ec2.bed import SINGLE_CUDA
from tests.rehearsal_gce.asking import Api, instance

ROOT = Path(__file__).resolve().parents[1]
LABELS = {"cloudgpu-name": "others", "cloudgpu-launch-id": "c00000000ff", "cloudgpu-expires": "never"}
_OURS = ("GOOGLE_", "GCLOUD_", "CLOUDSDK_", "AWS_", "CLOUDGPU_LIVE", "CLOUDGPU_HOME", "CLOUDGPU_REHEARSAL", "MAKE")
_NOT_THE_OTHERS = {"gcp": ("AWS",), "aws": ("GOOGLE", "CLOUDSDK")}


@dataclass(frozen=True)
class Account:
    """`verdict`: how the suite ends where all goes well. `asked`: some of the calls that it makes. `hidden`: words that
    it must not record. `undeletable`: the fault that lets a destroy fail once."""

    clouds: Path
    environ: dict[str, str]
    verdict: str
    asked: frozenset[str]
    hidden: tuple[str, ...]
    undeletable: Mapping[str, Any]

    def run(self, *args: str, budget: str = "1", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.live", *args],
            cwd=ROOT, env=self.environ | {"CLOUDGPU_LIVE_BUDGET_USD": budget} | environ,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=200, check=False,
        )  # fmt: skip

    def instances(self, *, billed: bool) -> list[str]:
        """Names of the instances on the ledger."""
        rows = client.status(self.clouds)["ledger"]
        return [row["name"] for row in rows if row["kind"] == "instance" and (row["ended_at"] is None) is billed]

    def billed(self) -> int:
        return int(client.status(self.clouds)["billable"])

    def fault(self, fault: Mapping[str, Any]) -> None:
        found = client.running(self.clouds)
        assert found is not None
        client.call(found, "POST", "/_rehearsal/faults", fault)


def google(clouds: Path, running: client.Running) -> Account:
    done = Api(running.gce_endpoint, PROJECT).insert(instance("others", labels=LABELS))
    assert "error" not in done
    return Account(
        clouds,
        _environment(clouds, running, "gcp"),
        verdict="11 passed",
        asked=frozenset({"compute.instances.insert", "compute.instances.delete", "compute.firewalls.insert"}),
        hidden=(PROJECT, SERVICE_ACCOUNT),
        undeletable={
            "cloud": "gcp", "operation": "compute.instances.delete", "effect": "error", "code": "forbidden",
            "http_status": 403, "message": "Required 'compute.instances.delete' permission",
        },
    )  # fmt: skip


def amazon(clouds: Path, running: client.Running) -> Account:
    ec2, ssm = _client(running, "ec2"), _client(running, "ssm")
    image = ssm.get_parameter(Name=SINGLE_CUDA.format("x86_64"))["Parameter"]["Value"]
    tags = [{"Key": key, "Value": value} for key, value in (LABELS | {"Name": "others"}).items()]
    ec2.run_instances(
        ImageId=image, InstanceType="g4dn.xlarge", MinCount=1, MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )  # fmt: skip
    wait_for(lambda: any(row["kind"] == "instance" for row in client.status(clouds)["ledger"]))  # it runs
    (clouds / "config").write_text(f"[profile live-tester]\nregion = {REGION}\n")
    keys = f"aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
    (clouds / "credentials").write_text(f"[live-tester]\n{keys}")
    found = _environment(clouds, running, "aws")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        del found[name]
    return Account(
        clouds,
        found
        | {
            "AWS_PROFILE": "live-tester",
            "AWS_CONFIG_FILE": str(clouds / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(clouds / "credentials"),
        },
        verdict="10 passed, 1 skipped",
        asked=frozenset({"ec2.RunInstances", "ec2.TerminateInstances", "ec2.CreateSecurityGroup", "ssm.GetParameter"}),
        hidden=("live-tester", ACCESS_KEY),
        undeletable={
            "cloud": "aws", "operation": "TerminateInstances", "effect": "error", "code": "UnauthorizedOperation",
            "http_status": 403,
        },
    )  # fmt: skip


ACCOUNTS: Mapping[str, Callable[[Path, client.Running], Account]] = {"gcp": google, "aws": amazon}


def _environment(clouds: Path, running: client.Running, cloud: str) -> dict[str, str]:
    told = client.environment(running, clouds).items()
    found = {name: value for name, value in told if value and not name.startswith(_NOT_THE_OTHERS[cloud])}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return inherited | found | {"CLOUDGPU_LIVE_SSH_CIDR": "127.0.0.1/32"}


def _client(running: client.Running, service: str) -> Any:
    make: Any = boto3.client
    return make(
        service, region_name=REGION, endpoint_url=running.aws_endpoint,
        aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY,
    )  # fmt: skip
