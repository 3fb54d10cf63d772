"""No answer, an answer that is none, and answers that say nothing but a code's first word or a number."""

from __future__ import annotations

from cloudgpu.errors import AuthError, NoRouteError, OutcomeUnknown, PermissionError_, ProviderError
from cloudgpu.providers.aws.refusals.rule import Rule

TROUBLE = (
    Rule(
        "transient",
        NoRouteError,
        "EndpointConnectionError ConnectTimeoutError ProxyConnectionError SSLError",
        r"could not connect to the endpoint|connect(ion)? timeout on endpoint|failed to connect to proxy"
        r"|name resolution"
        r"|name or service not known|establish a new connection"
        r"|no such host|could not resolve|ENOTFOUND|ECONNREFUSED|connection refused"
        r"|network is unreachable|ssl validation failed|certificate verify failed|dial tcp",
        "AWS cannot be reached from here.",
        "curl -sS https://ec2.{region}.amazonaws.com/ping  # network, proxy or firewall?",
    ),
    Rule(
        "transient",
        OutcomeUnknown,
        "ReadTimeoutError ConnectionClosedError HTTPClientError ResponseParserError ResponseStreamingError "
        "IncompleteReadError InternalError InternalFailure InternalServerError InternalServer ServerInternal "
        "ServerException Server ServiceUnavailable Unavailable ServiceException Service RequestTimeout "
        "500 502 503 504",
        r"internal (server |service )?(error|failure)"
        r"|(service|server) (is |was )?(currently |temporarily )?unavailable"
        r"|timed? ?out|connection (was |is )?(closed|aborted|broken|reset)|reset by peer|ECONNRESET|ETIMEDOUT"
        r"|overloaded|bad gateway|try again (later|shortly)|\bEOF\b|broken pipe|hang up"
        r"|unhandled exception|max retries exceeded",
        "AWS gave no answer; the request may have been carried out.",
        "cloudgpu ps --refresh  # shows what is there; https://health.aws.amazon.com/health/status",
    ),
    Rule(
        "invalid",
        ProviderError,
        "Invalid* *.NotFound *.Malformed Missing* Unknown* Malformed* Unsupported* Validation* IllegalArgument "
        "NoSuch* ParameterNotFound ResourceNotFound Bad* *Mismatch spotFleetRequestConfigurationInvalid",
        r"\binvalid\b|not valid|malformed|not supported|not eligible|must (be|match|provide|contain|have|specify|use)\b"
        r"|(may not|cannot|can't) be (specified|used|stopped|set)|does(n't| not) (exist|match|support|meet)"
        r"|(could )?not (be )?found|is (not )?required|is limited to|unknown parameter|can't (stop|start)",
    ),
    Rule("credentials", AuthError, "401", "", "AWS does not know these credentials.", "aws sts get-caller-identity"),
    Rule(
        "permission",
        PermissionError_,
        "403",
        "",
        "These credentials may not {action}{on}.",
        "https://console.aws.amazon.com/iam/home#/policies  # allow {action}{on}",
    ),
    Rule("exists", ProviderError, "409", "", "It is there already.", "cloudgpu ps --refresh"),
    Rule("invalid", ProviderError, "400 404 405 413"),
)
