"""The machine's console, and the SSH host keys that cloud-init writes to it, where only the account can read them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudgpu.providers.aws.errors import aws_errors, code_of

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_BLOCK = re.compile(r"-----BEGIN SSH HOST KEY KEYS-----(.*?)-----END SSH HOST KEY KEYS-----", re.DOTALL)
_KEY = re.compile(r"\b(ssh-ed25519|ecdsa-sha2-nistp\d+|ssh-rsa) ([A-Za-z0-9+/]+={0,2})(?=\s|$)")


def text(ec2: EC2Client, region: str, instance_id: str) -> str:
    """The newest 64 KB; empty before the first output and after the end of the instance."""
    with aws_errors(region):
        try:
            return ec2.get_console_output(InstanceId=instance_id, Latest=True).get("Output", "")
        except ClientError as error:
            if code_of(error) in ("InvalidInstanceID.NotFound", "IncorrectInstanceState"):
                return ""
            raise


def host_keys(console: str) -> tuple[str, ...]:
    """The public keys of the newest complete block. What kernel messages have cut into is left out."""
    blocks = _BLOCK.findall(console)
    found = _KEY.findall(blocks[-1]) if blocks else []
    return tuple(dict.fromkeys(f"{kind} {blob}" for kind, blob in found if _whole(kind, blob)))


def _whole(kind: str, blob: str) -> bool:
    """A public key is a row of length-prefixed parts, the first of them its kind; nothing is missing, nothing over."""
    try:
        left = base64.b64decode(blob, validate=True)
    except binascii.Error:
        return False
    parts = []
    while left:
        length = int.from_bytes(left[:4], "big")
        parts.append(left[4 : 4 + length])
        if len(left) < 4 + length:
            return False
        left = left[4 + length :]
    return len(parts) >= 2 and parts[0] == kind.encode()
