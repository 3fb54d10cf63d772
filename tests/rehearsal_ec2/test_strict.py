"""Requests that the service model does not allow, sent over raw HTTP because no SDK would."""

from __future__ import annotations

import json

import pytest

from tests.rehearsal_ec2.bed import Bed
from tests.rehearsal_ec2.raw import post, signed

V = "&Version=2016-11-15"
RUN = f"Action=RunInstances{V}&MinCount=1&MaxCount=1"


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (f"{RUN}&ImagId=ami-12345678", "UnknownParameter", "The parameter ImagId is not recognized"),
        (f"{RUN}&Placement.Spread=x", "UnknownParameter", "The parameter Spread is not recognized"),
        (f"{RUN}&NetworkInterface.1.Subnet=x", "UnknownParameter", "The parameter Subnet is not recognized"),
        (f"{RUN}&ImageId.1=ami-12345678", "UnknownParameter", "ImageId.1"),
        (f"{RUN}&SecurityGroupId.one=sg-12345678", "UnknownParameter", "SecurityGroupId.one"),
        (f"Action=RunInstances{V}&MinCount=1&ImageId=ami-12345678", "MissingParameter", "MaxCount"),
        (RUN, "MissingParameter", "ImageId"),
        (f"Action=RunInstances{V}&MinCount=one&MaxCount=1", "InvalidParameterValue", "'one'"),
        (f"{RUN}&DryRun=maybe", "InvalidParameterValue", "'maybe'"),
        (f"{RUN}&InstanceInitiatedShutdownBehavior=vanish", "InvalidParameterValue", "'vanish'"),
        (f"{RUN}&MetadataOptions.HttpTokens=always", "InvalidParameterValue", "'always'"),
        (f"{RUN}&SecurityGroupId.2=sg-12345678", "InvalidParameterValue", "SecurityGroupId"),
        (f"Action=DescribeInstances{V}&Foo=1", "UnknownParameter", "Foo"),
        (f"Action=DescribeInstances{V}&InstanceId.1=i-zz", "InvalidInstanceID.Malformed", 'Invalid id: "i-zz"'),
        (f"Action=TerminateInstances{V}", "MissingParameter", "InstanceId"),
        (f"Action=LaunchRocket{V}", "InvalidAction", "LaunchRocket"),
        (f"Action=DescribeVolumes{V}&Filter.1.Name=made-up&Filter.1.Value.1=x", "InvalidParameterValue", "'made-up'"),
        (f"Action=DescribeInstances{V}&Filter.1.Name=states&Filter.1.Value.1=x", "InvalidParameterValue", "'states'"),
        ("Version=2016-11-15", "MissingAction", "Action"),
        ("", "MissingAction", "Action"),
        ("Action=ImportKeyPair&KeyName=x&PublicKeyMaterial=%21%21", "InvalidParameterValue", "BASE64"),
    ],
)
def test_a_wrong_request_is_a_400_in_ec2_s_format(bed: Bed, body: str, code: str, words: str) -> None:
    said = signed(bed, "ec2", body.encode())
    assert (said.status, said.code) == (400, code)
    assert words in said.message
    assert said.xml("RequestID")
    assert said.content_type.startswith("text/xml")


@pytest.mark.parametrize(
    "body",
    [
        f"Action=GetIpamPoolCidrs{V}&IpamPoolId=ipam-pool-1",
        f"Action=DescribeInstances{V}&Filter.1.Name=boot-mode&Filter.1.Value.1=x",
        f"Action=CreateFleet{V}&LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version=1"
        "&TargetCapacitySpecification.TotalTargetCapacity=1",
        f"{RUN}&ImageId=ami-12345678&LaunchTemplate.LaunchTemplateName=mine",
    ],
)
def test_what_is_not_emulated_says_so(bed: Bed, body: str) -> None:
    said = signed(bed, "ec2", body.encode())
    assert (said.status, said.code) == (501, "UnsupportedOperation")
    assert "does not emulate" in said.message


def test_bytes_that_are_no_text_are_refused_in_good_order(bed: Bed) -> None:
    assert signed(bed, "ec2", b"\xff\xfe\x00=\x80&Action=RunInstances").code == "UnknownParameter"


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("ServiceQuotasV20190624.GetServiceQuota", b"{", "SerializationException"),
        ("ServiceQuotasV20190624.GetServiceQuota", b"[]", "SerializationException"),
        ("ServiceQuotasV20190624.GetServiceQuota", b'{"ServiceCode":"ec2"}', "ValidationException"),
        (
            "ServiceQuotasV20190624.GetServiceQuota",
            b'{"ServiceCode":"ec2","QuotaCode":7}',
            "SerializationException",
        ),
        ("ServiceQuotasV20190624.MakeCoffee", b"{}", "UnknownOperationException"),
    ],
)
def test_a_wrong_json_request_is_a_400_in_json(bed: Bed, target: str, body: bytes, code: str) -> None:
    said = signed(bed, "servicequotas", body, X_Amz_Target=target, Content_Type="application/x-amz-json-1.1")
    assert said.status == 400
    assert json.loads(said.body)["__type"] == code


def test_a_service_that_is_not_there_says_so_in_a_format_the_caller_can_read(bed: Bed) -> None:
    said = signed(bed, "dynamodb", b"{}", X_Amz_Target="DynamoDB_20120810.ListTables")
    assert said.status == 501
    assert "dynamodb" in json.loads(said.body)["message"]


def test_an_unsigned_request_is_refused(bed: Bed) -> None:
    said = post(bed, b"Action=DescribeInstances&Version=2016-11-15", {})
    assert (said.status, said.code) == (403, "MissingAuthenticationToken")


@pytest.mark.parametrize("header", ["nonsense", "AWS4-HMAC-SHA256 Credential=a/b", "AWS4-HMAC-SHA256 ,,=,"])
def test_a_signature_that_is_none_is_refused(bed: Bed, header: str) -> None:
    assert post(bed, b"Action=DescribeRegions", {"Authorization": header}).code == "MissingAuthenticationToken"
