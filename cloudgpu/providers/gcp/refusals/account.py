"""Refusals of who asks: the API, billing, credentials, the organisation, permissions. No other zone helps."""

from __future__ import annotations

from cloudgpu.errors import AuthError, NoRouteError, PermissionError_, PolicyError, Scope
from cloudgpu.providers.gcp.refusals.rule import Rule

_LOGIN = "gcloud auth application-default login"
_API_OFF = "The API {service} is switched off in project {owner}."
_ENABLE = "gcloud services enable {service} --project {owner}"
_NO_PROJECT = "There is no project {project}, or not for these credentials."
_CHOOSE = "cloudgpu launch --project PROJECT  (gcloud projects list shows yours)"
_SIGN_IN_DOWN = "Google's sign-in service cannot be reached."
_LOOK = "Try again, and look at the proxy settings: curl -I https://oauth2.googleapis.com"

MAY_NOT = "These credentials may not do this in project {project}: {permission}."
GRANT = "gcloud projects add-iam-policy-binding {project} --member=user:YOU@EXAMPLE.COM --role=roles/{role}"

# who lacks a permission lacks it, whatever it is about: billing, policies, an API, a service account
_NAMED = (
    r"Required ['\"][\w., -]+['\"] permission|Permissions? ['\"]?\w+\.[\w.]+['\"]? (was |is )?(denied|required|missing)"
    r"|\b(caller|user|principal|account) (\S+ ){0,3}not have (\S+ ){0,4}permissions?\b(?! scope)"
)

ACCOUNT = (
    Rule("permission", PermissionError_, "IAM_PERMISSION_DENIED AUTH_PERMISSION_DENIED", _NAMED, MAY_NOT, GRANT),
    Rule(
        "api_disabled",
        AuthError,
        "",
        # the two are gcloud's own projects, to which use is charged where the credentials name none
        r"requires a quota project|authenticated using end user credentials|in project (764086051850|32555940559)\b",
        "Google does not know which project these credentials are used for.",
        "gcloud auth application-default set-quota-project {project}",
    ),
    Rule(
        "api_disabled",
        PermissionError_,
        "accessNotConfigured SERVICE_DISABLED",
        r"API has not been used in project|Access Not Configured|has not enabled the API",
        _API_OFF,
        _ENABLE,
    ),
    Rule(
        "billing",
        PermissionError_,
        "BILLING_DISABLED BILLING_NOT_ENABLED UREQ_PROJECT_BILLING_NOT_FOUND UREQ_PROJECT_BILLING_NOT_OPEN",
        r"requires billing|billing (is |has |been )*(disabled|not enabled|not active|suspended|closed)"
        r"|(inactive|disabled|closed|invalid) billing|billing (must be|to be|needs to be|(has )?not been) enabled"
        r"|enable billing|billing[-_ ]enabled|billing account"
        r"|UREQ_PROJECT_BILLING|not in good standing|billing is not|delinquent",
        "Project {project} has no billing account that works.",
        "https://console.cloud.google.com/billing/linkedaccount?project={project}",
    ),
    Rule(
        "api_disabled",
        PermissionError_,
        "SERVICE_NOT_ENABLED API_NOT_ENABLED",
        r"\b(API|service(?! account))\b.{0,80}\b(not (been )?(enabled|activated|active)|disabled|switched off)"
        r"|not enabled on project|(enable|activate) (\S+ ){1,8}?API\b",
        _API_OFF,
        _ENABLE,
    ),
    Rule("transient", NoRouteError, "TransportError", "", _SIGN_IN_DOWN, _LOOK),
    Rule(
        "credentials",
        AuthError,
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT invalid_scope",
        r"insufficient (authentication )?scopes?\b|insufficient OAuth|Invalid OAuth scope",
        "The credentials do not reach as far as Google Cloud: their scopes are too narrow.",
        _LOGIN + " --scopes=https://www.googleapis.com/auth/cloud-platform",
    ),
    Rule(
        "credentials",
        AuthError,
        "",
        r"Invalid JWT.*reasonable timeframe|Token used too (early|late)|check your iat and exp",
        "Google does not accept the credentials because the clock of this computer is wrong.",
        "sudo timedatectl set-ntp true",
    ),
    Rule(
        "credentials",
        AuthError,
        "invalid_grant invalid_client unauthorized_client deleted_client disabled_client invalid_rapt rapt_required "
        "invalid_token authError UNAUTHENTICATED CREDENTIALS_MISSING ACCESS_TOKEN_EXPIRED "
        "ACCESS_TOKEN_TYPE_UNSUPPORTED ACCOUNT_STATE_INVALID API_KEY_INVALID keyInvalid SESSION_COOKIE_INVALID "
        "invalidCredentials OVERLOADED_CREDENTIALS DefaultCredentialsError",
        r"default credentials|determine credentials|reauth(entication)?( is)? (needed|required|fail|related)"
        r"|expired or revoked|login required|unregistered callers|do not currently have an active account"
        r"|(invalid|expired|missing|malformed|no valid) (authentication |access |OAuth.{0,4})?(credentials?|token)\b"
        r"|\bno (access token|credentials)\b"
        r"|missing (a )?required authentication|credentials? (is |are |were |was |have |has )?(been )?"
        r"(missing|not found|invalid|expired|required|revoked|unavailable)"
        r"|token (has |is |was )?(been )?(expired|revoked|invalid)"
        r"|does not have a valid type|^File \S+ was not found|(deserialize|load|parse) .{0,20}(private )?key"
        r"|\b(invalid grant|robot is (disabled|missing)|account not found)\b"
        r"|OAuth client (was|is) (\w+ )?(deleted|disabled|not found)"
        r"|credentials do not contain|API key not valid|No key could be detected|account has been (deleted|disabled)",
        "Google does not accept the credentials.",
        _LOGIN,
    ),
    Rule("credentials", AuthError, "", r"cannot fetch token: 4\d\d", "Google does not accept the credentials.", _LOGIN),
    Rule("transient", NoRouteError, "", r"cannot fetch token|metadata server unavailable", _SIGN_IN_DOWN, _LOOK),
    Rule(
        "policy",
        PolicyError,
        "LOCATION_ORG_POLICY_VIOLATED LOCATION_POLICY_VIOLATED",
        r"gcp\.resourceLocations",
        scope=Scope.REGION,
    ),
    Rule(
        "policy",
        PolicyError,
        "SECURITY_POLICY_VIOLATED ORG_POLICY_VIOLATED ORG_RESTRICTION_VIOLATION RESOURCE_USAGE_RESTRICTION_VIOLATED",
        r"constraints?/|customConstraint|\borg(ani[sz]ation('s|al)?)?[ _-]?polic|violates? (the )?constraint"
        r"|constraint \S+ (is )?violated|prohibited by organi[sz]ation|VPC.?Service.?Controls"
        r"|restricted by .{0,40}polic",
    ),
    Rule(
        "permission",
        PermissionError_,
        "USER_PROJECT_DENIED SERVICE_ACCOUNT_ACCESS_DENIED PERMISSIONS_ERROR CONSUMER_SUSPENDED "
        "insufficientPermissions",
        r"permission denied|Permission '?[\w.]+'? on resource|\baccess to .{0,80}\b(denied|forbidden)"
        r"|not have (\S+ ){0,4}(access|permissions?)\b|insufficient permission|serviceaccounts\.actAs|not authorized"
        r"|(lacks?|missing|requires?|grant)( \S+){0,4} permissions?\b|required permission|access denied|not permitted",
        MAY_NOT,
        GRANT,
    ),
    Rule("permission", AuthError, "CONSUMER_INVALID", "", _NO_PROJECT, _CHOOSE),
    Rule(
        "invalid",
        AuthError,
        "PROJECT_NOT_FOUND",
        r"The resource 'projects/[^/']+' was not found|(find|get|unknown) project( id)?\b"
        r"|project '?[\w:.-]+'? (was |is )?(not found|does not exist|has been deleted)",
        _NO_PROJECT,
        _CHOOSE,
    ),
    Rule(
        "credentials",
        AuthError,
        "RefreshError sign-in 401",
        r"refreshing (your current )?(auth|access) tokens?|auth(entication)? (error|failed|failure)|unauthenticated"
        r"|unauthorized|(unable to|cannot|could not) authenticate|RefreshError|DefaultCredentialsError",
        "Google does not accept the credentials.",
        _LOGIN,
    ),
)
