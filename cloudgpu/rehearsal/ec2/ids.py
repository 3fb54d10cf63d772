"""Malformed ids, told apart from ids that belong to nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cloudgpu.rehearsal.ec2.errors import Refused

_KINDS = {
    "InstanceId": ("i", "InvalidInstanceID.Malformed"),
    "ImageId": ("ami", "InvalidAMIID.Malformed"),
    "GroupId": ("sg", "InvalidGroupId.Malformed"),
    "SecurityGroupId": ("sg", "InvalidGroupId.Malformed"),
    "VolumeId": ("vol", "InvalidVolumeID.Malformed"),
    "SnapshotId": ("snap", "InvalidSnapshotID.Malformed"),
    "NetworkInterfaceId": ("eni", "InvalidNetworkInterfaceId.Malformed"),
}
_KINDS |= {f"{name}s": kind for name, kind in _KINDS.items()} | {"Groups": _KINDS["GroupId"]}


def check(params: Mapping[str, Any]) -> None:
    """Refused for the first id, at any depth, that cannot be one."""
    for name, value in params.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                check(one)
            elif isinstance(one, str) and name in _KINDS:
                _check(one, *_KINDS[name])


def _check(text: str, prefix: str, code: str) -> None:
    if re.fullmatch(rf"{prefix}-(?:[0-9a-f]{{8}}|[0-9a-f]{{17}})", text) or text.startswith("resolve:ssm:"):
        return
    hint = "" if text.startswith(f"{prefix}-") else f' (expecting "{prefix}-...")'
    raise Refused(code, f'Invalid id: "{text}"{hint}')
