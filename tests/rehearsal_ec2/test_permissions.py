"""What a user may not do is refused in the service's own words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal_ec2.bed import Bed, launch, seen

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

USER = "arn:aws:iam::123456789012:user/rehearsal"
BEGIN = "You are not authorized to perform this operation."


def denied(bed: Bed, *actions: str, **how: bool) -> None:
    bed.front.configure({"permissions": {"denied": list(actions)} | how})


def refusal(call: Any, **params: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_a_launch_that_is_not_allowed_names_user_action_and_resource(bed: Bed, ec2: EC2Client) -> None:
    denied(bed, "ec2:RunInstances")
    status, code, words = refusal(lambda: launch(bed, ec2))
    assert (status, code) == (403, "UnauthorizedOperation")
    assert words.startswith(
        f"{BEGIN} User: {USER} is not authorized to perform: ec2:RunInstances on resource:"
        " arn:aws:ec2:us-east-1:123456789012:instance/* because no identity-based policy allows the ec2:RunInstances"
        " action. Encoded authorization failure message: "
    )
    assert bed.billed() == set()
    assert refusal(lambda: launch(bed, ec2, DryRun=True))[1] == "UnauthorizedOperation"


def test_what_only_looks_has_no_resource_and_nothing_encoded(bed: Bed, ec2: EC2Client) -> None:
    denied(bed, "ec2:DescribeRegions")
    assert refusal(ec2.describe_regions)[2] == (
        f"{BEGIN} User: {USER} is not authorized to perform: ec2:DescribeRegions because no identity-based policy"
        " allows the ec2:DescribeRegions action"
    )


def test_an_organisation_s_deny(bed: Bed, ec2: EC2Client) -> None:
    denied(bed, "ec2:AllocateAddress", service_control_policy=True)
    words = refusal(ec2.allocate_address)[2]
    assert "elastic-ip/* with an explicit deny in a service control policy. Encoded" in words


def test_an_encoded_message_is_decoded_for_who_may(bed: Bed, ec2: EC2Client) -> None:
    sts = bed.client("sts")
    denied(bed, "ec2:RunInstances", encoded=True)
    words = refusal(lambda: launch(bed, ec2))[2]
    begin, _, secret = words.partition(" Encoded authorization failure message: ")
    assert begin == BEGIN
    told = json.loads(sts.decode_authorization_message(EncodedMessage=secret)["DecodedMessage"])
    assert (told["allowed"], told["explicitDeny"]) == (False, False)
    assert told["context"]["action"] == "ec2:RunInstances"
    assert told["context"]["resource"] == "arn:aws:ec2:us-east-1:123456789012:instance/*"
    denied(bed, "ec2:RunInstances", "sts:DecodeAuthorizationMessage", encoded=True)
    assert refusal(sts.decode_authorization_message, EncodedMessage=secret)[:2] == (403, "AccessDenied")
    denied(bed)
    code = refusal(sts.decode_authorization_message, EncodedMessage="nonsense")[1]
    assert code == "InvalidAuthorizationMessageException"


def test_tags_in_the_creating_call_need_leave_too(bed: Bed, ec2: EC2Client) -> None:
    denied(bed, "ec2:CreateTags")
    launch(bed, ec2)
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]
    words = refusal(lambda: launch(bed, ec2, TagSpecifications=tags))[2]
    assert "ec2:CreateTags on resource: arn:aws:ec2:us-east-1:123456789012:instance/*" in words


def test_the_first_spot_instance_needs_a_role(bed: Bed, ec2: EC2Client) -> None:
    denied(bed, "iam:CreateServiceLinkedRole")
    launch(bed, ec2)
    status, code, _ = refusal(lambda: launch(bed, ec2, InstanceMarketOptions={"MarketType": "spot"}))
    assert (status, code) == (403, "AuthFailure.ServiceLinkedRoleCreationNotPermitted")


def test_one_s_own_instance_is_named(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2)["InstanceId"]
    denied(bed, "ec2:TerminateInstances")
    assert f"instance/{made} because" in refusal(ec2.terminate_instances, InstanceIds=[made])[2]
    assert seen(ec2, made)["State"]["Name"] in ("pending", "running")


def test_the_other_services(bed: Bed) -> None:
    denied(bed, "ssm:GetParameter", "servicequotas:GetServiceQuota")
    status, code, words = refusal(bed.client("ssm").get_parameter, Name="/aws/service/x")
    assert (status, code) == (400, "AccessDeniedException")
    assert "ssm:GetParameter on resource: arn:aws:ssm:us-east-1:" in words
    quotas = bed.client("service-quotas")
    assert refusal(quotas.get_service_quota, ServiceCode="ec2", QuotaCode="L-DB2E81BA")[1] == "AccessDeniedException"


@pytest.mark.parametrize(
    "wanted",
    [
        {"denied": "ec2:RunInstances"},
        {"denied": ["RunInstances"]},
        {"denied": ["s3:GetObject"]},
        {"denied": ["sts:GetCallerIdentity"]},
        {"encoded": "yes"},
        {"allowed": []},
    ],
)
def test_what_is_no_permission(bed: Bed, wanted: object) -> None:
    with pytest.raises(ValueError, match="permissions"):
        bed.front.configure({"permissions": wanted})
