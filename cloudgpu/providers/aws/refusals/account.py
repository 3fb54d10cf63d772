"""Refusals of whose account it is: billing, verification, regions, policies, permissions."""

from __future__ import annotations

from cloudgpu.errors import PermissionError_, PolicyError, ProviderError, Scope
from cloudgpu.providers.aws.refusals.rule import Rule

_SUPPORT = "https://console.aws.amazon.com/support/home#/case/create"
_GRANT = "https://console.aws.amazon.com/iam/home#/policies  # allow {action}{on}"
_SCP = r"(service|resource) control polic"
_FORBIDS = "A policy of the account's organization forbids {action}{on}."
_ASK = "Ask the organization's administrator for {action} in {region}"

ACCOUNT = (
    Rule(
        "permission",
        PermissionError_,
        "AuthFailure.ServiceLinkedRoleCreationNotPermitted",
        r"create (the|a) service.linked role",
        "The first spot machine of an account needs a role that these credentials may not make.",
        "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com",
    ),
    Rule(
        "billing",
        PermissionError_,
        "",
        r"accessing resources in this region is being validated",
        "AWS still checks this account's first use of {region}; that takes minutes, at most 4 hours, and ends with a "
        "mail.",
        "Wait for it, or take a region that was used before: cloudgpu launch --region us-east-1",
        Scope.REGION,
        again=True,
    ),
    Rule(
        "billing",
        PermissionError_,
        "PendingVerification",
        r"account is (currently )?being verified|(account|identity|email) must be verified"
        r"|account.{0,40}(pending|awaiting|requires) verification|account (is )?not (yet |been )?(verified|activated)",
        "AWS still verifies this new account; that takes up to 2 hours.",
        "Wait, and write to aws-verification@amazon.com if it takes longer",
        again=True,
    ),
    Rule(
        "billing",
        PermissionError_,
        "Blocked AccountDisabled AccountSuspended AccountProblem UserSuspended InvalidPaymentInstrument",
        r"account (is|has been|was) (\w+ )?(blocked|suspended|disabled|closed|deactivated|on hold)"
        r"|not recognized as a valid account|payment (method|instrument)|past.due|delinquent",
        "AWS has blocked this account.",
        _SUPPORT,
    ),
    Rule(
        "billing",
        PermissionError_,
        "FreeTierRestriction*",
        r"eligible for (the )?free.tier|free (account )?plan|free.tier (account|restriction)",
        "An account on the Free plan gets no GPU.",
        "https://console.aws.amazon.com/billing/home  # upgrade the account plan",
    ),
    Rule(
        "billing",
        PermissionError_,
        "",
        r"accept (the )?terms|marketplace.{0,60}(subscri|accept)|not subscribed to (this|the) (product|image|AMI)",
        "The terms of the image were not accepted.",
        "https://console.aws.amazon.com/marketplace/home#/subscriptions",
    ),
    Rule(
        "billing",
        PermissionError_,
        "OptInRequired SubscriptionRequired",
        r"not (subscribed|signed up) (to|for) (this|the) service|needs a subscription",
        "The account is not signed up for this, or {region} is not enabled.",
        "aws account enable-region --region-name {region}  # or https://console.aws.amazon.com/billing/home#/account",
        Scope.REGION,
    ),
    Rule(
        "api_disabled",
        PermissionError_,
        "RegionDisabled",
        r"\b(region|STS)\b.{0,50}\b(is|are|was) (not (enabled|activated|opted)|disabled)|not opted.in",
        "{region} is not enabled in this account.",
        "aws account enable-region --region-name {region}",
        Scope.REGION,
    ),
    Rule(
        "policy",
        PolicyError,
        "",
        r"perform:? ec2:.{0,800}" + _SCP,
        _FORBIDS,
        _ASK + ", or take another: cloudgpu launch --region REGION",
        Scope.REGION,
    ),
    Rule(
        "policy",
        PolicyError,
        "TagPolicyViolation DeclarativePolicy*",
        _SCP + r"|tag polic|declarative polic|\borgani[sz]ation('s|al)?.{0,30}polic",
        _FORBIDS,
        _ASK,
    ),
    Rule(
        "permission",
        PermissionError_,
        "Client.InternalError",
        r"client error on launch",
        "The encryption key of the machine's disk may not be used by these credentials.",
        "https://console.aws.amazon.com/kms/home  # allow kms:CreateGrant on the default EBS key",
    ),
    Rule(
        "invalid",
        ProviderError,
        "",
        r"not authorized for images",
        "The machine image was withdrawn or is private.",
        "Try again: the newest image is looked up at each launch.",
    ),
    Rule(
        "permission",
        PermissionError_,
        "UnauthorizedOperation AccessDenied NotAuthorized UnauthorizedAccess DependencyAccessDenied AuthorizationError",
        r"not (been )?authorized\b|authorization failure message|explicit(ly)? den(y|ied)|polic\w+ allows? "
        r"|(lacks?|missing|insufficient|(do|does) not have|don't have|no) (\w+ ){0,3}(permissions?|privileges)\b"
        r"|permission denied|access (is |was )?denied|not permitted to",
        "These credentials may not {action}{on}.",
        _GRANT,
    ),
)
