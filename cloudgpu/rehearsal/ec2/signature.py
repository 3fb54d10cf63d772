"""Whether a request bears the rehearsal's own credentials, and what each service says when it does not."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qsl, quote

from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.wire import Request, Scope

NOT_VALIDATED = "AWS was not able to validate the provided access credentials"
_UNKNOWN_KEY = "The security token included in the request is invalid."
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key"
    " and signing method. Consult the service documentation for details."
)


def check(request: Request, access_key: str, secret_key: str) -> Scope:
    """The scope of a request that was signed with this pair of keys. Refused otherwise."""
    scope = request.scope
    if scope is None:
        raise Refused("MissingAuthenticationToken", "The request must contain a valid (registered) AWS access key ID.")
    if scope.access_key != access_key:
        raise unknown_key(request.protocol)
    if not hmac.compare_digest(_expected(request, scope, secret_key), scope.signature):
        raise {
            "ec2": Refused("AuthFailure", NOT_VALIDATED),
            "query": Refused("SignatureDoesNotMatch", _MISMATCH),
            "json": Refused("InvalidSignatureException", _MISMATCH),
        }[request.protocol]
    return scope


def unknown_key(protocol: str) -> Refused:
    """The refusal of a key that does not exist, or not in this region."""
    return {
        "ec2": Refused("AuthFailure", NOT_VALIDATED),
        "query": Refused("InvalidClientTokenId", _UNKNOWN_KEY),
        "json": Refused("UnrecognizedClientException", _UNKNOWN_KEY),
    }[protocol]


def _expected(request: Request, scope: Scope, secret_key: str) -> str:
    canonical = hashlib.sha256(_canonical(request, scope).encode()).hexdigest()
    where = f"{scope.date}/{scope.region}/{scope.service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{request.environ.get('HTTP_X_AMZ_DATE', '')}\n{where}\n{canonical}"
    key = f"AWS4{secret_key}".encode()
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _canonical(request: Request, scope: Scope) -> str:
    environ = request.environ
    asked = parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
    query = "&".join(f"{quote(key, safe='-_.~')}={quote(value, safe='-_.~')}" for key, value in sorted(asked))
    headers = "".join(f"{name}:{' '.join(_header(request, name).split())}\n" for name in scope.signed_headers)
    digest = environ.get("HTTP_X_AMZ_CONTENT_SHA256") or hashlib.sha256(request.body).hexdigest()
    path = quote(str(environ.get("PATH_INFO") or "/"), safe="/-_.~")
    return "\n".join((request.method, path, query, headers, ";".join(scope.signed_headers), str(digest)))


def _header(request: Request, name: str) -> str:
    key = name.upper().replace("-", "_")
    return str(request.environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", ""))
