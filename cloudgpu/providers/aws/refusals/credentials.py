"""Refusals of who asks: none, half, old or unknown credentials, and clocks that are wrong."""

from __future__ import annotations

from cloudgpu.errors import AuthError
from cloudgpu.providers.aws.refusals.rule import Rule

_LOGIN = "aws sso login{profile}  # or aws configure; which account it is: aws sts get-caller-identity"
_NTP = "timedatectl  # then: sudo timedatectl set-ntp true"

CLOCK = Rule(
    "credentials",
    AuthError,
    "RequestTimeTooSkewed RequestInTheFuture",
    r"signature (expired|not yet current)|request time and the current time|clock skew",
    "AWS does not accept these credentials because this computer's clock is {clock}.",
    _NTP,
)
CREDENTIALS = (
    CLOCK,
    Rule(
        "credentials",
        AuthError,
        "LoginError LoginRefreshRequired LoginTokenLoadError LoginAuthorizationCodeError",
        r"\baws login\b|login session",
        "The AWS login has run out.",
        "aws login{profile}",
    ),
    Rule(
        "credentials",
        AuthError,
        "SSOError SSOTokenLoadError UnauthorizedSSOTokenError TokenRetrievalError NoAuthTokenError "
        "SSOProviderInvalidToken",
        r"\bSSO.{0,20}(session|token)|tokens? (from|provider).{0,3} ?sso|aws sso login"
        r"|session token not found|refresh (failed|token.{0,30}(expired|invalid))",
        "The AWS login has run out.",
        "aws sso login{profile}",
    ),
    Rule(
        "credentials",
        AuthError,
        "PartialCredentialsError",
        r"partial credentials",
        "Only half of the AWS credentials is there.",
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, both: aws configure",
    ),
    Rule(
        "credentials",
        AuthError,
        "ProfileNotFound",
        r"config profile \(.{0,200}could not be found"
        r"|(?<!instance )profile \S{1,100} (was |is )?(not found|does not exist)"
        r"|failed to (get|load) shared config profile",
        "There is no such AWS profile.",
        "aws configure list-profiles",
    ),
    Rule(
        "credentials",
        AuthError,
        "CredentialRetrievalError MetadataRetrievalError InvalidConfigError InfiniteLoopConfigError ConfigNotFound "
        "ConfigParseError RefreshWithMFAUnsupportedError CredentialsProviderError ProcessProviderFailure",
        r"error when retrieving credentials|parse config file|MFA token required",
        "The AWS configuration of this computer gives no credentials.",
        "aws sts get-caller-identity{profile}  # says why",
    ),
    Rule(
        "credentials",
        AuthError,
        "NoCredentialsError NoCredentialProviders",
        r"(locate|find|load|get|retrieve|resolve|no) (\w+ ){0,3}(credentials?|credential ?sources?)\b"
        r"|missing credentials|credentials (were |are )?(missing|not found|unavailable)"
        r"|no valid providers|no EC2 IMDS role found",
        "There are no AWS credentials on this computer.",
        _LOGIN,
    ),
    Rule(
        "credentials",
        AuthError,
        "ExpiredToken RequestExpired TokenRefreshRequired ExpiredCredentials IDPRejectedClaim InvalidIdentityToken",
        r"\b(token|session|credentials?|request)\b.{0,40}\b(has|is|have|are|was) (already )?(been )?expired"
        r"|expired.{0,20}(token|credential)",
        "The AWS session has run out, or this computer's clock is wrong.",
        _LOGIN,
    ),
    Rule(
        "credentials",
        AuthError,
        "AuthFailure InvalidClientTokenId UnrecognizedClient SignatureDoesNotMatch InvalidSignature "
        "IncompleteSignature MissingAuthenticationToken InvalidAccessKeyId InvalidSecurity "
        "InvalidSecurityToken InvalidToken NotSignedUp Unauthorized",
        r"validate the provided access credentials|security token.{0,40}(is |was )?(in|not )valid"
        r"|access key.{0,60}(does not|doesn't|not) exist|request signature we calculated|missing authentication token"
        r"|(invalid|wrong|bad|deactivated) (access key|aws credentials|credentials)",
        "AWS does not know these credentials, or {region} is not enabled in their account.",
        _LOGIN,
    ),
)
