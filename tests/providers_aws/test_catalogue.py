"""Which zones sell what now: asked of the embedded EC2 through the real client, and kept for a while."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from cloudgpu import cache
from cloudgpu.errors import AuthError, PermissionError_, ProviderError, UnsupportedError
from cloudgpu.model import Gpu, GpuRequest, Offer, Origin
from cloudgpu.providers.aws.catalogue import FRESH, Catalogue
from cloudgpu.providers.aws.prices import machines
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.providers.aws.session import Account
from cloudgpu.providers.aws.stock import from_table, packed, unpacked
from cloudgpu.testing import samples
from tests.providers_aws.cloud import Cloud, sign_in

NOON = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)
EAST, OHIO = "us-east-1", "us-east-2"
NOT_YOU = "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: ec2:DescribeInstanceTypes"
BY_POLICY = f"{NOT_YOU} with an explicit deny in a service control policy"
Make = Callable[[], Catalogue]


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(cloud: Cloud, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Make:
    """The catalogue as a process of its own would open it, on a computer that knows nothing yet."""
    sign_in(monkeypatch, cloud.url, CLOUDGPU_HOME=str(tmp_path))
    return lambda: Catalogue(Account(Origin("aws")), clock)


@pytest.fixture
def asked(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """The lists that EC2 was asked for since the test began."""
    caplog.set_level(logging.INFO, logger="cloudgpu.rehearsal.ec2.front")
    return lambda: [line.removesuffix(" - -") for line in caplog.messages if line.startswith("DescribeInstanceType")]


def test_what_ec2_says_is_what_the_table_says(make: Make) -> None:
    (stock,) = make().stocks([EAST])
    assert stock.seen_at == NOON
    known = {name: replace(one, usage=tuple(sorted(one.usage))) for name, one in machines().items()}
    assert dict(stock.machines) == known
    assert stock.zones["g4dn.xlarge"] == ("us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1f")
    assert stock.zones["p5e.48xlarge"] == ()


def test_the_edges_of_the_network_are_none_of_it(make: Make) -> None:
    catalogue = make()

    def also_in_boston(parsed: dict[str, Any], **_: object) -> None:
        parsed["InstanceTypeOfferings"].append({"InstanceType": "g4dn.xlarge", "Location": "us-east-1-bos-1a"})

    events = catalogue._account.ec2(EAST).meta.events
    events.register("after-call.ec2.DescribeInstanceTypeOfferings", also_in_boston)
    (stock,) = catalogue.stocks([EAST])
    assert len(stock.zones["g4dn.xlarge"]) == 5


def test_it_is_asked_once_in_six_hours_on_this_computer(
    make: Make, clock: Clock, asked: Callable[[], list[str]]
) -> None:
    first = make()
    said = first.stocks([EAST, OHIO])
    assert [one.region for one in said] == [EAST, OHIO]
    assert sorted(asked()) == [
        f"{question} {region}"
        for question in ("DescribeInstanceTypeOfferings", "DescribeInstanceTypes")
        for region in (EAST, OHIO)
    ]
    clock.now += FRESH - timedelta(seconds=1)
    assert make().stocks([OHIO, EAST]) == said[::-1]
    assert first.stocks([EAST, OHIO]) == said
    assert len(asked()) == 4
    clock.now += timedelta(seconds=1)
    assert first.stocks([EAST])[0].seen_at == clock.now
    assert len(asked()) == 6


def test_what_was_written_in_the_future_is_not_believed(make: Make, clock: Clock) -> None:
    make().stocks([EAST])
    clock.now -= timedelta(days=1)
    assert make().stocks([EAST])[0].seen_at == clock.now


def test_the_file_is_this_users_alone_and_names_account_and_region(make: Make) -> None:
    make().stocks([EAST])
    (file,) = cache.folder().iterdir()
    assert file.name == "aws-123456789012-us-east-1.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["{", "[" * 100_000])
def test_a_damaged_file_is_written_anew(make: Make, damage: str) -> None:
    said = make().stocks([EAST])
    (file,) = cache.folder().iterdir()
    file.write_text(damage)
    assert make().stocks([EAST]) == said
    assert file.read_text().startswith('{"version": 1')


@pytest.mark.parametrize("broken", ["machines", "zones", "seen_at"])
def test_half_a_document_is_none(broken: str) -> None:
    stock = from_table(EAST, {"us-east-1a": "use1-az6"})
    whose = ("http://127.0.0.1:1", "123456789012")
    document = json.loads(json.dumps(packed(replace(stock, seen_at=NOON), whose)))
    assert unpacked(document, whose, EAST) == replace(stock, seen_at=NOON)
    assert unpacked({**document, broken: None}, whose, EAST) is None


@pytest.mark.parametrize("document", [None, [], "", 7, {}, {"version": 1}, {"version": 0, "whose": 1}])
def test_any_other_document_is_none(document: object) -> None:
    assert unpacked(document, ("http://127.0.0.1:1", "123456789012"), EAST) is None


def test_another_clouds_or_regions_answer_is_not_ours(make: Make, asked: Callable[[], list[str]]) -> None:
    make().stocks([EAST])
    document = cache.load(f"aws-123456789012-{EAST}")
    assert isinstance(document, dict)
    cache.save(f"aws-123456789012-{OHIO}", document)
    cache.save(f"aws-123456789012-{EAST}", {**document, "whose": ["https://elsewhere.example", "123456789012", EAST]})
    (ohio, east) = make().stocks([OHIO, EAST])
    assert "us-east-2a" in ohio.zones["g4dn.xlarge"] and "us-east-1a" in east.zones["g4dn.xlarge"]
    assert len(asked()) == 6


def test_forgotten_it_is_asked_again_of_that_region(make: Make, asked: Callable[[], list[str]]) -> None:
    catalogue = make()
    catalogue.stocks([EAST, OHIO])
    catalogue.forget(EAST)
    assert [file.name for file in cache.folder().iterdir()] == [f"aws-123456789012-{OHIO}.json"]
    catalogue.stocks([EAST, OHIO])
    assert len(asked()) == 6


@pytest.mark.parametrize("operation", ["DescribeInstanceTypes", "DescribeInstanceTypeOfferings"])
def test_without_the_right_to_read_the_lists_the_table_does(make: Make, cloud: Cloud, operation: str) -> None:
    cloud.fault(operation, code="UnauthorizedOperation", message=NOT_YOU, http_status=403)
    (stock,) = make().stocks([EAST])
    assert (stock.seen_at, stock.machines["g4dn.xlarge"]) == (None, machines()["g4dn.xlarge"])
    assert len(stock.zones["g4dn.xlarge"]) == 5 and len(stock.zones["p6-b200.48xlarge"]) == 1
    assert not cache.folder().exists()
    assert make().stocks([EAST])[0].seen_at == NOON


def test_where_the_table_knows_no_zones_any_zone_of_the_region_may_have_it() -> None:
    zones = {"eu-west-1a": "euw1-az3", "eu-west-1b": "euw1-az1"}
    assert from_table("eu-west-1", zones).zones["g5.xlarge"] == ("eu-west-1a", "eu-west-1b")


def test_a_region_closed_by_a_policy_is_left_out(make: Make, cloud: Cloud) -> None:
    ohio, code = {"region": OHIO}, "UnauthorizedOperation"
    cloud.fault("DescribeInstanceTypes", times=2, match=ohio, code=code, message=BY_POLICY, http_status=403)
    assert [one.region for one in make().stocks([EAST, OHIO])] == [EAST]
    with pytest.raises(PermissionError_):
        make().stocks([OHIO])


def test_only_what_is_optional_may_stay_silent(make: Make, cloud: Cloud) -> None:
    cloud.fault(
        "DescribeInstanceTypes",
        times=-1,
        match={"region": OHIO},
        code="InternalFailure",
        message="No.",
        http_status=400,
    )
    assert [one.region for one in make().stocks([EAST, OHIO], optional=[OHIO])] == [EAST]
    with pytest.raises(ProviderError):
        make().stocks([OHIO])


def test_without_credentials_there_are_no_offers(monkeypatch: pytest.MonkeyPatch, cloud: Cloud, tmp_path: Path) -> None:
    sign_in(monkeypatch, cloud.url, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, CLOUDGPU_HOME=str(tmp_path))
    with pytest.raises(AuthError):
        Aws(Origin("aws")).offers(GpuRequest(gpu=Gpu("T4")))


def test_a_zone_that_never_had_it_makes_us_ask_again(
    aws: Aws, cloud: Cloud, t4: dict[str, Offer], asked: Callable[[], list[str]]
) -> None:
    aws.offers(GpuRequest(gpu=Gpu("T4"), regions=(EAST,)))
    assert not asked()
    message = "Your requested instance type (g4dn.xlarge) is not supported in your requested Availability Zone"
    cloud.fault("RunInstances", code="Unsupported", message=message, http_status=400)
    with pytest.raises(UnsupportedError):
        aws.create(samples.spec(t4["us-east-1a"]))
    aws.offers(GpuRequest(gpu=Gpu("T4"), regions=(EAST,)))
    assert len(asked()) == 2


def test_a_type_newer_than_this_program_shows_up_without_a_price(make: Make) -> None:
    catalogue = make()
    (stock,) = catalogue.stocks([EAST])
    new = replace(stock.machines["g6.xlarge"], instance_type="g9.xlarge", gpu=Gpu("Z9"), gpu_memory_gb=99.0)
    now = datetime.now(timezone.utc)
    told = replace(stock, seen_at=now, machines={"g9.xlarge": new}, zones={"g9.xlarge": ("us-east-1a",)})
    cache.save(f"aws-123456789012-{EAST}", packed(told, catalogue._whose))
    (offer,) = Aws(Origin("aws")).offers(GpuRequest(regions=(EAST,)))
    assert (offer.instance_type, offer.gpu, offer.hourly, offer.seen_at) == ("g9.xlarge", Gpu("Z9"), None, now)
