"""`cloudgpu quota` shows what AWS allows, and asks it for more: GPUs are asked for, vCPUs are what counts."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudgpu.providers.aws import raising
from tests.cli.conftest import Cli
from tests.providers_aws.cloud import Cloud, serve, sign_in

G, G_SPOT = "L-DB2E81BA", "L-3819A6DF"
NAME = "Running On-Demand G and VT instances"
T4 = ("quota", "--provider", "aws", "--gpu", "T4")
HERE = (*T4, "--region", "us-east-1")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serve(tmp_path_factory.mktemp("aws")) as cloud:
        yield cloud


@pytest.fixture(autouse=True)
def aws(cloud: Cloud, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    sign_in(monkeypatch, cloud.url)
    yield cloud
    cloud.configure(quotas=None, quota_requests=None, permissions=None)


def test_a_table_by_region(cli: Cli, aws: Cloud) -> None:
    aws.configure(quotas={f"us-west-2/{G}": 0})
    done = cli(*HERE, "--region", "us-west-2")
    assert done.status == 0, done.stderr
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert f"us-east-1 {NAME}, vCPUs 64 0 4 64 yes" in rows
    assert f"us-west-2 {NAME}, vCPUs 0 0 4 0 no" in rows


def test_json_is_one_document(cli: Cli) -> None:
    done = cli(*HERE, "--spot", "--json")
    assert done.status == 0, done.stderr
    told = json.loads(done.stdout)
    (region,) = told["regions"]
    (limit,) = region["limits"]
    assert (told["spot"], told["requests"], region["region"], region["fits"]) == (True, [], "us-east-1", True)
    assert (limit["name"], limit["unit"], limit["limit"]) == ("All G and VT Spot Instance Requests", "vCPUs", 64)


@pytest.mark.parametrize(
    ("region", "mood", "status", "words"),
    [
        ("us-east-1", "grant", 0, "to 68: granted, the limit is 68."),
        ("us-east-2", "refuse", 3, "to 68: refused, the limit is 64. AWS: DENIED."),
        ("us-west-2", {"partly": 66}, 3, "to 68: partly granted, the limit is 66. Support case 17"),
        ("eu-west-1", "case", 0, "to 68: pending, the limit is 64; the answer comes by mail"),
    ],
)
def test_asking_for_more(cli: Cli, aws: Cloud, region: str, mood: object, status: int, words: str) -> None:
    aws.configure(quota_requests=mood)
    done = cli(*T4, "--region", region, "--request", "17", "--yes")
    assert done.status == status, done.stderr
    assert f"{NAME} ({region}) {words}" in done.stdout
    if status:
        assert "cloudgpu quota --provider aws --gpu T4" in done.stderr
        assert "Traceback" not in done.stderr


def test_what_is_open_is_shown_again(cli: Cli, aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raising, "_WITHIN", 0.3)
    aws.configure(quota_requests="pending")
    ask = (*T4, "--region", "us-west-1", "--yes", "--json")
    first, second = cli(*ask, "--request", "17"), cli(*ask, "--request", "20")
    assert (first.status, second.status) == (0, 0), second.stderr
    (told,), (again,) = (json.loads(one.stdout)["requests"] for one in (first, second))
    assert (told["state"], told["asked"], told["granted"]) == ("pending", 68, 64)
    assert (again["state"], again["asked"]) == ("pending", 68)
    assert "so 80 was not asked for" in again["detail"]


def test_nobody_says_yes(cli: Cli) -> None:
    done = cli(*HERE, "--request", "30")
    assert done.status == 2
    assert f"Ask that {NAME} (us-east-1) of 123456789012 be raised to 120 vCPUs?" in done.stderr
    assert f"cloudgpu {' '.join(HERE)} --request 30 --yes" in done.stderr
    assert "--contact" not in done.stderr


def test_an_address_is_taken_though_aws_needs_none(cli: Cli) -> None:
    done = cli(*HERE, "--request", "1", "--contact", "ann@example.com")
    assert done.status == 0, done.stderr
    assert "The limits are high enough for 1 GPU already." in done.stdout
    assert cli(*HERE, "--request", "1", "--contact", "ann").status == 2


def test_where_two_regions_are_asked_the_question_names_both(cli: Cli, aws: Cloud) -> None:
    aws.configure(quotas={G: 0})
    done = cli(*HERE, "--region", "us-west-2", "--request", "1")
    assert f"Ask that {NAME} (us-east-1) and {NAME} (us-west-2) of 123456789012 be raised to 4 vCPUs?" in done.stderr


@pytest.mark.parametrize("options", [("--gpu", "T4"), ("--gpu", "T4:4"), ("--instance-type", "g4dn.8xlarge")])
def test_the_remedy_of_a_refused_launch_can_be_pasted(cli: Cli, aws: Cloud, options: tuple[str, ...]) -> None:
    region = {"T4": "us-east-2", "T4:4": "us-west-2", "g4dn.8xlarge": "us-east-1"}[options[1]]
    aws.configure(quotas={G: 0, f"{region}/{G}": 0})
    launch = ("launch", "x", "--provider", "aws", *options, "--region", region, "--dry-run")
    refused = cli(*launch)
    assert refused.status == 3, refused.stderr
    (line,) = [line for line in refused.stderr.splitlines() if "cloudgpu quota" in line]
    words = shlex.split(line[line.index("cloudgpu quota") :], comments=True)
    asked = cli(*words[1:], "--yes")
    assert asked.status == 0, asked.stderr
    again = cli(*launch)
    assert again.status == 0, again.stderr


def test_who_may_not_ask_is_told_what_lacks(cli: Cli, aws: Cloud) -> None:
    aws.configure(permissions={"denied": ["servicequotas:RequestServiceQuotaIncrease"]})
    done = cli(*HERE, "--request", "100", "--yes")
    assert done.status == 5, done.stderr
    assert "servicequotas:RequestServiceQuotaIncrease" in done.stderr


def test_where_nobody_may_look_the_limit_is_unknown(cli: Cli, aws: Cloud) -> None:
    aws.configure(permissions={"denied": ["servicequotas:GetServiceQuota"]})
    done = cli(*HERE)
    assert done.status == 0, done.stderr
    assert f"{NAME}, vCPUs unknown 0 4 unknown yes" in " ".join(done.stdout.split())
