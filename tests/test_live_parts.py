"""The parts of the suite for a real account that can be looked at without any."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from cloudgpu.data import table
from cloudgpu.providers.aws.prices import REGIONS
from tests.aws_exchanges import shortened
from tests.aws_scrubbing import AwsScrub
from tests.exchanges import Exchange
from tests.live.clouds import AMAZON, GOOGLE
from tests.live.conftest import pytest_ignore_collect
from tests.live.customer import Customer, Done, environment
from tests.live.leaks import leaks
from tests.live.recorded import learned
from tests.live.road import Road
from tests.live.settings import Settings, UnsetError, worst_case
from tests.live.sweep import removal
from tests.scrubbing import NUMBER


def test_nobody_else_collects_it(request: pytest.FixtureRequest) -> None:
    assert pytest_ignore_collect(Path("test_account.py"), request.config) is True


@pytest.mark.parametrize("budget", ["none", "0", "-1", "NaN", "Infinity"])
def test_a_budget_is_an_amount(budget: str) -> None:
    with pytest.raises(UnsetError, match="no amount"):
        Settings.of({"GOOGLE_CLOUD_PROJECT": "p", "CLOUDGPU_LIVE_BUDGET_USD": budget}, datetime.now(timezone.utc))


def test_the_page_says_what_it_costs_at_most() -> None:
    page = (Path(__file__).parents[1] / "docs" / "live.md").read_text(encoding="utf-8")
    gpu = {row["region"]: row for row in table("gcp_gpu_attach_prices") if row["accelerator"] == "nvidia-tesla-t4"}
    machine = {row["region"]: row for row in table("gcp_machine_prices") if row["machine_type"] == "n1-standard-4"}
    hourly = {
        region: Decimal(row["usd_gpu_hour_spot"]) + Decimal(machine[region]["usd_hour_spot"])
        for region, row in gpu.items()
    }
    dearest, cheapest = max(hourly, key=lambda one: hourly[one]), min(hourly, key=lambda one: hourly[one])
    assert f"{hourly[dearest]:.2f} USD per hour in {dearest} ({hourly[cheapest]:.2f} in {cheapest}" in page
    assert f"That is {worst_case(hourly[dearest]):.2f} USD" in page


def test_the_page_says_what_it_costs_at_most_on_aws() -> None:
    page = (Path(__file__).parents[1] / "docs" / "live.md").read_text(encoding="utf-8")
    hourly = {
        row["region"]: Decimal(row["usd_hour_on_demand"])
        for row in table("aws_gpu_prices")
        if row["instance_type"] == "g4dn.xlarge" and row["usd_hour_on_demand"]
    }
    usual, dearest = max(hourly[region] for region in REGIONS), max(hourly, key=lambda one: hourly[one])
    assert (
        f"{usual:.2f} USD per hour in\n  the regions of the plan, {', '.join(REGIONS[:-1])} and {REGIONS[-1]}" in page
    )
    assert f"That is {worst_case(usual):.2f} USD" in page
    assert f"{hourly[dearest]:.2f} in {dearest}, the dearest, which is {worst_case(hourly[dearest]):.2f} USD" in page


class Stuck(Customer):
    """Whatever it asks for is refused, and its disk is still there."""

    def run(self, *args: str, module: str = "cloudgpu", within: float = 180) -> Done:
        return Done(5, "")

    def sweep(self) -> object:
        return {"left": ["disk cloudgpu-c1 in z-a"], "others": 0}


def test_what_cannot_be_removed_is_told_with_the_commands_for_it(tmp_path: Path) -> None:
    given = {"GOOGLE_CLOUD_PROJECT": "p", "CLOUDGPU_LIVE_BUDGET_USD": "1"}
    settings = Settings.of(given, datetime.now(timezone.utc))
    road = Road(settings, Stuck(settings, tmp_path, "live-1"))
    road.clean_up()  # nothing was begun
    road.begun = True
    with pytest.raises(pytest.fail.Exception) as caught:
        road.clean_up()
    assert f"CLOUDGPU_HOME={tmp_path} cloudgpu destroy live-1 --yes" in str(caught.value)
    assert removal("disk cloudgpu-c1 in z-a", settings) in str(caught.value)


GIVEN = {"CLOUDGPU_REHEARSAL": "1", "CLOUDGPU_GPU": "H100:8", "AWS_PROFILE": "work", "GOOGLE_CLOUD_PROJECT": "p"}


def test_nothing_leads_to_a_rehearsal_or_to_another_cloud(tmp_path: Path) -> None:
    google, amazon = (environment(GIVEN, tmp_path, cloud) for cloud in (GOOGLE, AMAZON))
    assert not {"CLOUDGPU_REHEARSAL", "CLOUDGPU_GPU", "AWS_PROFILE"} & set(google)
    assert not {"CLOUDGPU_REHEARSAL", "CLOUDGPU_GPU", "GOOGLE_CLOUD_PROJECT"} & set(amazon)
    assert (google["GOOGLE_CLOUD_PROJECT"], google["CLOUDGPU_HOME"]) == ("p", str(tmp_path))
    assert (amazon["AWS_PROFILE"], amazon["CLOUDSDK_CONFIG"]) == ("work", f"{tmp_path}/no-gcloud")


@pytest.mark.parametrize(
    ("given", "cloud"),
    [
        ({"GOOGLE_CLOUD_PROJECT": "p"}, "gcp"),
        ({"AWS_PROFILE": "work"}, "aws"),
        ({"AWS_PROFILE": "work", "GOOGLE_CLOUD_PROJECT": "p", "CLOUDGPU_LIVE_PROVIDER": "aws"}, "aws"),
    ],
)
def test_which_cloud_is_meant(given: dict[str, str], cloud: str) -> None:
    settings = Settings.of(given | {"CLOUDGPU_LIVE_BUDGET_USD": "1"}, datetime.now(timezone.utc))
    assert (settings.cloud.name, settings.account) == (cloud, given[settings.cloud.account])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (GIVEN, "Say which cloud"),
        ({"CLOUDGPU_LIVE_PROVIDER": "azure"}, "it can be gcp or aws"),
        ({"CLOUDGPU_LIVE_PROVIDER": "aws", "CLOUDGPU_LIVE_BUDGET_USD": "1"}, "set AWS_PROFILE"),
        ({}, "set GOOGLE_CLOUD_PROJECT and CLOUDGPU_LIVE_BUDGET_USD"),
    ],
)
def test_what_does_not_say_which_cloud_and_account_buys_nothing(given: dict[str, str], words: str) -> None:
    with pytest.raises(UnsetError, match=words):
        Settings.of(given, datetime.now(timezone.utc))


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (
            "instance i-0a1b2c3d4e5f60718 (g4dn.xlarge) in us-east-1, running",
            "aws ec2 terminate-instances --instance-ids i-0a1b2c3d4e5f60718 --region us-east-1 --profile p",
        ),
        (
            "disk vol-0a1b2c3d4e5f60718 (100 GB) in eu-west-2, available",
            "aws ec2 delete-volume --volume-id vol-0a1b2c3d4e5f60718 --region eu-west-2 --profile p",
        ),
        (
            "security group sg-0a1b2c3d4e5f60718 in us-west-2",
            "aws ec2 delete-security-group --group-id sg-0a1b2c3d4e5f60718 --region us-west-2 --profile p",
        ),
        (
            "perhaps something of EC2's: no",
            "perhaps something of EC2's: no: look at https://console.aws.amazon.com/ec2/home#Instances:",
        ),
    ],
)
def test_what_is_left_on_aws_comes_with_a_command(line: str, command: str) -> None:
    given = {"AWS_PROFILE": "p", "CLOUDGPU_LIVE_BUDGET_USD": "1"}
    assert removal(line, Settings.of(given, datetime.now(timezone.utc))) == command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("instance cloudgpu-c1 in z-a", "gcloud compute instances delete cloudgpu-c1 --zone z-a --project p --quiet"),
        ("disk cloudgpu-c1 in z-a", "gcloud compute disks delete cloudgpu-c1 --zone z-a --project p --quiet"),
        ("address a in r", "gcloud compute addresses delete a --region r --project p --quiet"),
        ("address a in global", "gcloud compute addresses delete a --global --project p --quiet"),
        ("firewall rule f", "gcloud compute firewall-rules delete f --project p --quiet"),
        ("perhaps disk: no", "perhaps disk: no: look at https://console.cloud.google.com/compute/instances?project=p"),
    ],
)
def test_what_is_left_comes_with_a_command(line: str, command: str) -> None:
    given = {"GOOGLE_CLOUD_PROJECT": "p", "CLOUDGPU_LIVE_BUDGET_USD": "1"}
    assert removal(line, Settings.of(given, datetime.now(timezone.utc))) == command


def test_what_is_learned_from_one_answer_is_hidden_in_all() -> None:
    answers = [
        {"id": "321545201676"},
        "Cloud Quotas API has not been used in project 98765432101 before",
        "cloudgpu-c0a1b2c3d4e-ssh of 321545201676 and 98765432101",
    ]
    exchanges = [Exchange("", "GET", "/p", {}, None, 200, answer) for answer in answers]
    assert [one.response for one in learned(exchanges)] == [
        {"id": NUMBER},
        f"Cloud Quotas API has not been used in project {NUMBER} before",
        f"cloudgpu-c0123456789-ssh of {NUMBER} and {NUMBER}",
    ]


@pytest.mark.parametrize(
    "response",
    [
        "ya29.a0Af",
        "Bearer x",
        "-----BEGIN PRIVATE " + "KEY-----",
        "projects/987654321098/x",
        {"id": "987654321098"},
        "a@firm.example",
        "203.0.113.7",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHost",
        "my-project",
        "AKIA0123456789ABCDEF",
        "arn:aws:iam::111122223333:user/ann",
        "<instanceId>i-0a1b2c3d4e5f60718</instanceId>",
        "vpc-1a2b3c4d",
    ],
)
def test_a_leak_is_seen(tmp_path: Path, response: object) -> None:
    kept = tmp_path / "01-x.json"
    kept.write_text(json.dumps({"exchanges": [{"response": response}]}))
    assert list(leaks(tmp_path, "my-project"))
    kept.write_text(json.dumps({"exchanges": [{"response": {"id": NUMBER, "natIP": "192.0.2.1"}}]}))
    assert list(leaks(tmp_path, "my-project")) == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("<instanceId>i-0a1b2c3d4e5f60718</instanceId>", "<instanceId>i-0123456789abcdef0</instanceId>"),
        ("<ownerId>111122223333</ownerId>", "<ownerId>123456789012</ownerId>"),
        ("<imageOwnerId>898082745236</imageOwnerId>", "<imageOwnerId>898082745236</imageOwnerId>"),
        ("<imageId>ami-0a1b2c3d4e5f60718</imageId>", "<imageId>ami-0a1b2c3d4e5f60718</imageId>"),
        ("<Arn>arn:aws:sts::111122223333:assumed-role/x/ann@firm</Arn>",
         "<Arn>arn:aws:sts::123456789012:user/somebody</Arn>"),
        ("<UserId>AROA0123456789ABCDEF:ann@firm</UserId>", "<UserId>AKIAIOSFODNN7EXAMPLE</UserId>"),
        ("<dnsName>ec2-3-4-5-6.compute-1.amazonaws.com", "<dnsName>ec2-192-0-2-1.compute-1.amazonaws.com"),
        ("<ipAddress>3.4.5.6</ipAddress>", "<ipAddress>192.0.2.1</ipAddress>"),
        ("<key>cloudgpu-owner</key><value>ann</value>", "<key>cloudgpu-owner</key><value>somebody</value>"),
        ("<output>c3NoLWVkMjU1MTk=</output>", "<output>d2hhdCB0aGUgbWFjaGluZSB3cm90ZQ==</output>"),
        ("Encoded authorization failure message: 4GIOHlTkIaWH-c_lm", "Encoded authorization failure message: encoded"),
    ],
)  # fmt: skip
def test_what_aws_says_is_kept_without_whose_it_was(said: str, kept: str) -> None:
    assert AwsScrub().text(said) == kept


def test_what_is_sent_to_aws_is_kept_without_keys_and_names() -> None:
    sent = {
        "UserData": "c3NoLWVkMjU1MTk=",
        "Tag.1.Key": "cloudgpu-owner",
        "Tag.1.Value": "ann",
        "SubnetId": "subnet-1a2b3c4d",
    }
    assert AwsScrub().form(sent) == {
        "UserData": "#cloud-config",
        "Tag.1.Key": "cloudgpu-owner",
        "Tag.1.Value": "somebody",
        "SubnetId": "subnet-0123456789abcdef0",
    }


def test_of_a_long_list_the_first_items_are_kept() -> None:
    item = "<item><a>1</a></item>"
    assert shortened(f'<r xmlns="http://x/">{"<set>" + item * 5 + "</set>"}</r>').count("<item>") == 2
    assert shortened("no document") == "no document"
