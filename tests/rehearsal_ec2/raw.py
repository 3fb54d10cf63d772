"""Requests as no SDK would send them, signed all the same."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from xml.etree import ElementTree

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cloudgpu.rehearsal.ec2 import ACCESS_KEY, SECRET_KEY
from tests.rehearsal_ec2.bed import Bed

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True)
class Said:
    status: int
    content_type: str
    body: bytes

    def xml(self, path: str) -> str:
        return ElementTree.fromstring(self.body).findtext(path) or ""

    @property
    def code(self) -> str:
        return self.xml("Errors/Error/Code")

    @property
    def message(self) -> str:
        return self.xml("Errors/Error/Message")


def signed(
    bed: Bed, service: str, body: bytes, *, region: str = "us-east-1", timeout: float = 5.0, **headers: str
) -> Said:
    """POST `body` with the rehearsal's signature. Header names have underscores for dashes."""
    request = AWSRequest(
        "POST", f"{bed.url}/", {"Content-Type": FORM} | {k.replace("_", "-"): v for k, v in headers.items()}, body
    )
    SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), service, region).add_auth(request)
    return post(bed, body, dict(request.headers.items()), timeout)


def post(bed: Bed, body: bytes, headers: dict[str, str], timeout: float = 5.0) -> Said:
    connection = http.client.HTTPConnection("127.0.0.1", bed.port, timeout=timeout)
    try:
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        return Said(answer.status, answer.headers.get("Content-Type", ""), answer.read())
    finally:
        connection.close()
