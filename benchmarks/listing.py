"""`ps --refresh` where there are a thousand instances, against the bare list calls of the cloud's own SDK: on Google
Cloud the aggregated one, on AWS that of the slowest of seventeen regions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.crowd import COUNT
from benchmarks.measure import Ratio, command, timed
from benchmarks.start import CLOUDGPU
from cloudgpu.rehearsal.credentials import ACCESS_KEY, SECRET_KEY
from cloudgpu.rehearsal.service_account import key_file

_BARE_GOOGLE = """
import os
from google.api_core.client_options import ClientOptions
from google.cloud import compute_v1
from google.oauth2 import service_account

credentials = service_account.Credentials.from_service_account_file(os.environ["GOOGLE_APPLICATION_CREDENTIALS"])
credentials = credentials.with_scopes(["https://www.googleapis.com/auth/cloud-platform"])
endpoint = os.environ["CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"].removesuffix("/compute/v1/")
client = compute_v1.InstancesClient(credentials=credentials, client_options=ClientOptions(api_endpoint=endpoint))
wanted = {"project": "cloudgpu-rehearsal", "filter": "labels.cloudgpu-launch-id:*", "max_results": 500}
print(sum(len(scope.instances) for _, scope in client.aggregated_list(request=wanted)))
"""
_BARE_AMAZON = """
import boto3

pages = boto3.client("ec2").get_paginator("describe_instances").paginate(
    Filters=[{"Name": "tag-key", "Values": ["cloudgpu-launch-id"]}], PaginationConfig={"PageSize": 1000}
)
print(sum(len(one["Instances"]) for page in pages for one in page["Reservations"]))
"""
_NO_GOOGLE = {"CLOUDSDK_CONFIG": "/nonexistent", "GOOGLE_APPLICATION_CREDENTIALS": "", "NO_GCE_CHECK": "true"}
_NO_AMAZON = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass(frozen=True, slots=True)
class Case:
    """`crowd`: the module that serves the instances; `environ`: what leads there, from its address and a folder."""

    what: str
    base: str
    crowd: str
    environ: Callable[[str, Path], Mapping[str, str]]
    bare: str
    limit: float


def _google(url: str, folder: Path) -> dict[str, str]:
    key = folder / "key.json"
    key.write_text(key_file(url))
    return _NO_AMAZON | {
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": f"{url}/compute/v1/",
        "GOOGLE_APPLICATION_CREDENTIALS": str(key),
        "GOOGLE_CLOUD_PROJECT": "cloudgpu-rehearsal",
    }


def _amazon(url: str, folder: Path) -> dict[str, str]:
    return (_NO_AMAZON | _NO_GOOGLE) | {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
    }


CASES = (
    Case("gcp", "the bare list calls", "benchmarks.crowd", _google, _BARE_GOOGLE, 1.5),
    Case("aws", "the slowest region's bare call", "benchmarks.crowd_aws", _amazon, _BARE_AMAZON, 1.7),
)


def measure(runs: int) -> list[Ratio]:
    return [_measured(case, runs) for case in CASES]


def _measured(case: Case, runs: int) -> Ratio:
    with tempfile.TemporaryDirectory(prefix="cloudgpu-bench-") as folder:
        crowd = subprocess.Popen(
            [sys.executable, "-m", case.crowd], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert crowd.stdout is not None
            return _compared(case, Path(folder), case.environ(crowd.stdout.readline().strip(), Path(folder)), runs)
        finally:
            crowd.communicate()


def _compared(case: Case, folder: Path, environ: Mapping[str, str], runs: int) -> Ratio:
    bare = command([sys.executable, "-c", case.bare], environ)
    shown, listed = [], []
    for number in range(runs + 1):  # the first for the byte code
        home = {"CLOUDGPU_HOME": str(folder / f"home-{number}")}
        ps = command([CLOUDGPU, "ps", "--refresh", "--json"], {**environ, **home})
        found: list[str] = []
        shown.append(timed(lambda ps=ps, found=found: found.append(ps())))  # type: ignore[misc]  # bound on purpose
        listed.append(timed(bare))
        if len(json.loads(found[0])) != COUNT:
            raise SystemExit(f"ps shows {len(json.loads(found[0]))} of {COUNT} instances")
    what = f"ps --refresh, {COUNT}, {case.what}"
    return Ratio(what, case.base, median(shown[1:]), median(listed[1:]), case.limit, runs)
