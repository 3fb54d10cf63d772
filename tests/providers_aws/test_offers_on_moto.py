"""The same offers from moto alone, without the layer that the embedded EC2 puts around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

# a process of its own: moto's state is one for the whole process, and the embedded EC2 of the other tests stands on it
PROGRAM = """
import json
from moto import mock_aws
with mock_aws():
    from cloudgpu.model import Gpu, GpuRequest, Origin
    from cloudgpu.providers.aws.provider import Aws
    aws = Aws(Origin("aws"))
    asked = {
        "account": aws.verify(),
        "t4": aws.offers(GpuRequest(gpu=Gpu("T4"))),
        "spot": aws.offers(GpuRequest(instance_type="g5.xlarge", regions=("eu-west-1",), spot=True)),
        "p5": aws.offers(GpuRequest(gpu=Gpu("H100", 8), zones=("us-east-2b",))),
    }
print(json.dumps({
    name: told if isinstance(told, str) else [[one.zone, one.instance_type, str(one.hourly)] for one in told]
    for name, told in asked.items()
}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    own = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_CONFIG_FILE": "/nonexistent/config"}
    own |= {
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
        "CLOUDGPU_HOME": str(tmp_path_factory.mktemp("moto")),
    }
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | own
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_zones_and_types_are_those_of_moto_and_prices_those_of_the_table(told: Any) -> None:
    assert told["account"] == "123456789012"
    assert told["t4"][0] == ["us-east-1a", "g4dn.xlarge", "0.526"]
    assert {zone[:-1] for zone, _, _ in told["t4"]} == {"us-east-1", "us-east-2", "us-west-2"}
    assert told["p5"] == [["us-east-2b", "p5.48xlarge", "55.04"]]


def test_spot_is_what_motos_market_says(told: Any) -> None:
    assert told["spot"] and {float(hourly) for _, _, hourly in told["spot"]} == {0.00001}
