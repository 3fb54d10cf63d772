"""How each AWS protocol says no."""

from __future__ import annotations

import json
import re
import uuid
from xml.sax.saxutils import escape

from cloudgpu.rehearsal.ec2.wire import Answer

_STATUS = {
    "AuthFailure": 401,
    "OptInRequired": 401,
    "UnauthorizedOperation": 403,
    "AccessDenied": 403,
    "AuthFailure.ServiceLinkedRoleCreationNotPermitted": 403,
    "MissingAuthenticationToken": 403,
    "InvalidClientTokenId": 403,
    "SignatureDoesNotMatch": 403,
    "DryRunOperation": 412,
    "InsufficientInstanceCapacity": 500,
    "InsufficientHostCapacity": 500,
    "InsufficientCapacity": 500,
    "InsufficientReservedInstanceCapacity": 500,
    "InsufficientVolumeCapacity": 500,
    "InsufficientAddressCapacity": 500,
    "InternalError": 500,
    "InternalFailure": 500,
    "ServerInternal": 500,
    "ServiceException": 500,
    "NotEmulated": 501,
    "RequestLimitExceeded": 503,
    "ServiceUnavailable": 503,
    "Unavailable": 503,
}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Refused(Exception):
    """A request that the emulated cloud answers with an error, after `seconds`; `status` 0 stands for the code's usual
    HTTP status."""

    def __init__(self, code: str, message: str, status: int = 0, *, seconds: float = 0.0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.seconds = seconds
        self.status = status or _STATUS.get(code, 400)


def not_emulated(what: str) -> Refused:
    return Refused("UnsupportedOperation", f"The rehearsal cloud does not emulate {what}.", 501)


def invalid(value: str, parameter: str) -> Refused:
    return Refused("InvalidParameterValue", f"Invalid value '{value}' for {parameter}.")


def render(refused: Refused, protocol: str) -> Answer:
    """The refusal in the words of `protocol`: ec2, query or json."""
    if protocol == "json":
        said = json.dumps({"__type": refused.code, "message": refused.message})
        return Answer(refused.status, "application/x-amz-json-1.1", said.encode())
    code, message, number = escape(refused.code), escape(_NOT_XML.sub("?", refused.message)), uuid.uuid4()
    if protocol == "query":
        fault = "Receiver" if refused.status >= 500 else "Sender"
        said = (
            f"<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{number}</RequestId></ErrorResponse>"
        )
    else:
        said = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            f"<RequestID>{number}</RequestID></Response>"
        )
    return Answer(refused.status, "text/xml;charset=UTF-8", f'<?xml version="1.0" encoding="UTF-8"?>\n{said}'.encode())
