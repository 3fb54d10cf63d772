"""`cloudgpu quota` shows what AWS allows, and says where to ask for more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.providers_aws.cloud import Cloud, serve, sign_in

HERE = ("quota", "--provider", "aws", "--gpu", "T4", "--region", "us-east-1")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serve(tmp_path_factory.mktemp("aws")) as cloud:
        yield cloud


@pytest.fixture(autouse=True)
def signed_in(cloud: Cloud, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sign_in(monkeypatch, cloud.url)


def test_what_aws_allows(cli: Cli) -> None:
    done = cli(*HERE, "--json")
    assert done.status == 0, done.stderr
    (region,) = json.loads(done.stdout)["regions"]
    (limit,) = region["limits"]
    assert (region["region"], limit["name"]) == ("us-east-1", "Running On-Demand G and VT instances")
    assert limit["needed"] == 4


def test_where_to_ask_aws_for_more(cli: Cli) -> None:
    done = cli(*HERE, "--request", "2", "--contact", "ann@example.com", "--yes")
    assert done.status == 2
    assert "cloudgpu does not ask aws for higher limits" in done.stderr
    assert "aws service-quotas request-service-quota-increase" in done.stderr
