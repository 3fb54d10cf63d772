"""`ps --refresh` in a project with a thousand instances, against the bare aggregated list calls of Google's client."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.crowd import COUNT
from benchmarks.measure import Ratio, command, timed
from benchmarks.start import CLOUDGPU
from cloudgpu.rehearsal.service_account import key_file

LIMIT = 1.5
_BARE = """
import sys
from google.api_core.client_options import ClientOptions
from google.cloud import compute_v1
from google.oauth2 import service_account

credentials = service_account.Credentials.from_service_account_file(sys.argv[1])
credentials = credentials.with_scopes(["https://www.googleapis.com/auth/cloud-platform"])
client = compute_v1.InstancesClient(credentials=credentials, client_options=ClientOptions(api_endpoint=sys.argv[2]))
wanted = {"project": sys.argv[3], "filter": "labels.cloudgpu-launch-id:*", "max_results": 500}
print(sum(len(scope.instances) for _, scope in client.aggregated_list(request=wanted)))
"""


def measure(runs: int) -> list[Ratio]:
    with tempfile.TemporaryDirectory(prefix="cloudgpu-bench-") as folder:
        crowd = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.crowd"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert crowd.stdout is not None
            url = crowd.stdout.readline().strip()
            return [_compared(Path(folder), url, runs)]
        finally:
            crowd.communicate()


def _compared(folder: Path, url: str, runs: int) -> Ratio:
    key = folder / "key.json"
    key.write_text(key_file(url))
    environ = {
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": f"{url}/compute/v1/",
        "GOOGLE_APPLICATION_CREDENTIALS": str(key),
        "GOOGLE_CLOUD_PROJECT": "cloudgpu-rehearsal",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    bare = command([sys.executable, "-c", _BARE, str(key), url, "cloudgpu-rehearsal"], environ)
    shown, listed = [], []
    for number in range(runs + 1):  # the first for the byte code
        home = folder / f"home-{number}"
        ps = command([CLOUDGPU, "ps", "--refresh", "--json"], environ | {"CLOUDGPU_HOME": str(home)})
        found: list[str] = []
        shown.append(timed(lambda ps=ps, found=found: found.append(ps())))  # type: ignore[misc]  # bound on purpose
        listed.append(timed(bare))
        if len(json.loads(found[0])) != COUNT:
            raise SystemExit(f"ps shows {len(json.loads(found[0]))} of {COUNT} instances")
    return Ratio(
        f"ps --refresh, {COUNT} instances", "the bare list calls", median(shown[1:]), median(listed[1:]), LIMIT, runs
    )
