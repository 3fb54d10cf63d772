"""Who is asking: the token endpoint that a service account's key file points to, and the header it leads to.

The rehearsal cloud lets everybody in who comes the way the real one asks for."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from cloudgpu.rehearsal.gce.errors import ApiError

_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LASTS_SECONDS = 3600
_PARTS = 3
_GRANTED = "ya29.rehearsal-opens-nothing"


def grant(verb: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Status and answer of `POST /token`, for a service account's assertion or a refresh token."""
    if verb != "POST":
        return 404, {"error": "not_found"}
    kind = form.get("grant_type", "")
    if kind not in (_JWT_GRANT, "refresh_token"):
        return 400, _refused("unsupported_grant_type", f"Invalid grant_type: {kind}")
    if kind == _JWT_GRANT and not _claims(form.get("assertion", "")):
        return 400, _refused("invalid_grant", "Invalid JWT: Failed audience check.")
    if kind == "refresh_token" and not form.get("refresh_token"):
        return 400, _refused("invalid_request", "Missing required parameter: refresh_token")
    return 200, {"access_token": _GRANTED, "expires_in": _LASTS_SECONDS, "token_type": "Bearer"}


def _refused(error: str, description: str) -> dict[str, str]:
    return {"error": error, "error_description": description}


def _claims(assertion: str) -> bool:
    """Is it a JWT that names its issuer and its audience? Nobody here knows the key that it was signed with."""
    parts = assertion.split(".")
    if len(parts) != _PARTS or not all(parts):
        return False
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return False
    return isinstance(claims, dict) and {"iss", "aud", "exp"} <= set(claims)


def check_bearer(header: str, method: str) -> None:
    """ApiError 401 for a request that bears no access token."""
    kind, _, token = header.partition(" ")
    if kind.lower() == "bearer" and token.strip():
        return
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "CREDENTIALS_MISSING",
        "domain": "googleapis.com",
        "metadata": {"service": f"{method.partition('.')[0]}.googleapis.com", "method": method},
    }
    raise ApiError(
        401,
        "required",
        "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other "
        "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        more={"location": "Authorization", "locationType": "header"},
        details=[info],
    )
