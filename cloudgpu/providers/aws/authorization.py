"""What EC2 keeps from whoever is refused, and tells to whoever may have it decoded: the action and its resource."""

from __future__ import annotations

import json
import re
from contextlib import suppress

from cloudgpu.errors import PermissionError_, ProviderError
from cloudgpu.providers.aws.errors import aws_errors, explained
from cloudgpu.providers.aws.session import Account

_ENCODED = re.compile(r"Encoded authorization failure message: ([\w=-]{20,})")


def decoded(account: Account, refusal: PermissionError_) -> PermissionError_:
    """The refusal with the denied action and resource in its brief. The same one where it names them already, holds
    nothing encoded, or these credentials may not have it decoded."""
    found = _ENCODED.search(refusal.details)
    if found is None or "not authorized to perform: " in refusal.details:
        return refusal
    with suppress(ProviderError, ValueError, KeyError, TypeError):  # what was refused is told, not that this was, too
        with aws_errors(account.home):
            told = account.sts().decode_authorization_message(EncodedMessage=found[1])["DecodedMessage"]
        clearer = explained(refusal.code, _words(json.loads(told)), region=account.home)
        if isinstance(clearer, PermissionError_):
            clearer.details, clearer.scope = refusal.details, refusal.scope
            return clearer
    return refusal


def _words(told: dict[str, dict[str, str]]) -> str:
    """As EC2 says it where it encodes nothing."""
    context = told["context"]
    why = " with an explicit deny" if told.get("explicitDeny") else ""
    on = f" on resource: {context['resource']}" if context["resource"] != "*" else ""
    return f"not authorized to perform: {context['action']}{on}{why}"
