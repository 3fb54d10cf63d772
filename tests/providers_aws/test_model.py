"""The short description of EC2 that the adapter brings is true to the one of the installed botocore."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from cloudgpu.model import Origin
from cloudgpu.providers.aws.session import Account
from tools import trim_ec2_model

AGAIN = "python tools/trim_ec2_model.py"
SHIPPED: dict[str, Any] = json.loads(trim_ec2_model.TARGET.read_text())


@pytest.fixture(scope="module")
def installed() -> dict[str, Any]:
    return trim_ec2_model.trimmed(trim_ec2_model.whole())


def test_every_call_is_described_as_botocore_describes_it(installed: dict[str, Any]) -> None:
    assert SHIPPED["metadata"] == installed["metadata"], AGAIN
    assert SHIPPED["operations"] == installed["operations"], AGAIN


def test_what_botocore_has_of_a_shape_is_what_is_shipped_but_for_what_is_new(installed: dict[str, Any]) -> None:
    for name, shape in SHIPPED["shapes"].items():
        theirs = installed["shapes"][name]
        for key, value in shape.items():
            if key == "members":
                assert value.items() <= theirs[key].items(), (name, AGAIN)
            elif key == "enum":
                assert set(value) <= set(theirs[key]), (name, AGAIN)
            else:
                assert value == theirs[key], (name, key, AGAIN)


def test_a_client_knows_what_is_called_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = Account(Origin("aws")).ec2("eu-west-1")
    assert set(client.meta.service_model.operation_names) == set(trim_ec2_model.OPERATIONS)
    whole = boto3.client("ec2", region_name="eu-west-1")
    assert client.meta.endpoint_url == whole.meta.endpoint_url
    assert client.can_paginate("describe_instances")
