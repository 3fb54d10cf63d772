"""Refusals of what is asked for: machine, network, image, name, state; and answers that say nothing but a number."""

from __future__ import annotations

from cloudgpu.errors import (
    CapacityError,
    NetworkError,
    NotFoundError,
    OutcomeUnknown,
    PermissionError_,
    Scope,
    UnsupportedError,
)
from cloudgpu.providers.gcp.refusals.account import GRANT, MAY_NOT
from cloudgpu.providers.gcp.refusals.rule import Rule
from cloudgpu.providers.gcp.refusals.stock import ELSEWHERE, EXHAUSTED

_LACKS = "{zone} does not have this machine."
_ANOTHER = "cloudgpu launch --network NAME uses another one"
_MAKE = _ANOTHER + "; this makes it: gcloud compute networks create {network} --subnet-mode=auto --project {project}"
_INVALID = "Google calls the request invalid."
_PS = "cloudgpu ps --refresh"
_GONE = "There is no such thing in project {project}."
_TRANSIENT = (
    "INTERNAL_ERROR internalError INTERNAL internal_failure backendError UNAVAILABLE serviceUnavailable UNKNOWN_ERROR "
    "DEADLINE_EXCEEDED deadlineExceeded badGateway gatewayTimeout SERVICE_UNAVAILABLE_FOR_LOCATION 500 502 503 504"
)
_FAILED = (
    r"backend error|internal (server )?error|reset by peer|connection (was |is )?(reset|aborted|refused|closed|broken)"
    r"|timed out|\btime-?out\b|deadline exceeded|bad gateway|gateway time-?out"
    r"|service (is |was )?(currently |temporarily )?unavailable|was unavailable|retry the request"
    r"|ECONN(RESET|REFUSED|ABORTED)|ETIMEDOUT|(i/o|handshake) timeout|Client\.Timeout|hang up|broken pipe|no such host"
    r"|name resolution|network (is )?unreachable|max retries exceeded|RST_STREAM|GOAWAY|\bEOF\b"
    r"|temporary (error|failure|problem)"
    r"|temporarily unavailable|remote end closed|server error"
    r"|cannot accept requests"
)
# a sentence about a network, wherever in it that is said; the ones above say more
_ABOUT_NETWORK = (
    r"resource\.networkInterfaces?\b(?!\S*nicType)|ipCidrRange|\bCIDR\b|secondary range|internet gateway|Cloud NAT\b"
    r"|\b(sub)?networks?\b.{0,160}\b(not (allowed|valid|accessible)|overlap|conflict|requires?|belongs?|different)\b"
    r"|\b(no|overlaps? with|conflicts? with|invalid|missing) (\w+ ){0,2}(sub)?network\b(?! error)"
    r"|(external|static|internal) IP address.{0,60}(not found|in another|cannot|invalid)"
)
NOT_READY = frozenset(
    ("resourceNotReady", "RESOURCE_NOT_READY", "resourceInUseByAnotherResource", "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE")
)
EXISTS = frozenset(("alreadyExists", "RESOURCE_ALREADY_EXISTS"))

REQUEST = (
    Rule(
        "invalid",
        UnsupportedError,
        "MACHINE_TYPE_UNSUPPORTED UNSUPPORTED_MACHINE_TYPE",
        r"(acceleratorTypes|machineTypes|diskTypes)/\S+ was not found|does not exist in zone"
        r"|\b(accelerator|GPU|machine)s? \S+ (was |is )?not (found|available|supported|offered) in"
        r"|(machine|accelerator|disk) ?type.{0,140}(does not exist|was not found|not (available|supported|offered) in)"
        r"|referenced (disk|machine|accelerator)Type resource cannot be found|disk type cannot be used by"
        r"|invalid (machine|accelerator) type|features are not compatible|Unknown (zone|region)\b"
        r"|/(zones|regions)/[\w-]+'? was not found",
        _LACKS,
        ELSEWHERE,
        Scope.OFFER,
    ),
    Rule(
        "network",
        NetworkError,
        "SUBNETWORK_NOT_FOUND",
        r"referenced subnetwork resource cannot be found|subnetworks?/\S+ was not found"
        r"|subnetwork.{0,80}(not found|does not exist)|no (default )?subnet(work)?s?\b",
        "There is no such subnetwork in {region}.",
        "cloudgpu launch --subnet NAME, or another --region: gcloud compute networks subnets list --project {project}",
        Scope.REGION,
    ),
    Rule(
        "network",
        NetworkError,
        "",
        r"(custom|manual) subnet ?mode|custom network|subnet(work)? (should be|must be|was not) specified"
        r"|(must specify|requires specifying) a subnet",
        "The network is of the custom kind: which of its subnetworks to use has to be said.",
        "cloudgpu launch --network NETWORK --subnet NAME: "
        "gcloud compute networks subnets list --filter=region:{region} --project {project}",
    ),
    Rule(
        "network",
        NetworkError,
        "NETWORK_NOT_FOUND",
        r"referenced network resource cannot be found|\bnetworks/\S+ was not found"
        r"|\bnetwork\b.{0,60}(not found|does not exist)|no network named",
        "Project {project} has no network '{network}' to put the machine in.",
        _MAKE,
    ),
    Rule(
        "invalid",
        codes="",
        words=r"service ?account.{0,160}(does not exist|was not found|not found)",
        brief="The service account is gone.",
        remedy="https://console.cloud.google.com/iam-admin/serviceaccounts?project={project}",
    ),
    Rule(
        "invalid",
        codes="",
        words=r"\b(images|imageFamilyViews)/\S+ was not found"
        r"|\bimage\b.{0,80}(not found|does not exist|obsolete|cannot be found)",
        brief="The machine image is no longer there.",
        remedy="pip install --upgrade cloudgpu",
    ),
    Rule(
        "invalid",
        codes="",
        words=r"protected against deletion|deletion.?protection",
        brief="The machine is protected against deletion.",
        remedy="gcloud compute instances update {instance} --no-deletion-protection --zone {in_zone} "
        "--project {project}",
    ),
    Rule(
        "eventual",
        codes=" ".join(NOT_READY) + " resourceInUse operationInProgress OPERATION_IN_PROGRESS "
        "IP_IN_USE_BY_ANOTHER_RESOURCE",
        words=r"is not (yet )?ready|already being used by|already in.use\b|(is|are) (currently |still )?in use"
        r"|in use by|fingerprint"
        r"|(is|are) (currently |still )?being (created|deleted|stopped|modified|used|updated)"
        r"|(not in (a |the )?|invalid |wrong )\w* ?state\b"
        r"|operation .{0,60}in progress|unable to queue|concurrent \w+ changes"
        r"|(conflicting|(by|until) another) operation|please wait",
        brief="Something that this needs is not ready yet.",
        remedy="Try again in a minute.",
    ),
    Rule(
        "exists",
        codes=" ".join(EXISTS) + " duplicate",
        words=r"already exists?\b|already been created|already own|is already taken",
        brief="The name is taken already.",
        remedy=_PS,
    ),
    Rule(
        "network",
        NetworkError,
        words=_ABOUT_NETWORK,
        brief="Google does not take this network for the machine.",
        remedy=_ANOTHER + ": gcloud compute networks list --project {project}",
    ),
    Rule(
        "invalid",
        codes="UNSUPPORTED_OPERATION INVALID_FIELD_VALUE MISSING_REQUIRED_FIELD FIELD_SIZE_TOO_LARGE "
        "invalidResourceUsage INVALID_RESOURCE_USAGE INVALID_USAGE invalidParameter RESOURCE_ERROR",
        words=r"Invalid value for|Required field|invalid (resource|argument|field|JSON|usage|parameter|choice)"
        r"|cannot be found|(is|are) not supported|(do|does) not support|unsupported|Unknown name|malformed"
        r"|cannot be (smaller|larger|less|greater)|(must|should) (be|have|match|specify|appear|not)\b"
        r"|is too (large|long|small)",
        brief=_INVALID,
    ),
    Rule(
        "invalid",
        NotFoundError,
        words=r"\b(disks|snapshots|addresses|reservations|instanceTemplates|resourcePolicies)/\S+ was not found",
        brief=_GONE,
        remedy=_PS,
    ),
    Rule(
        "transient",
        CapacityError,
        _TRANSIENT,
        _FAILED,
        "{zone} failed to carry this out.",
        ELSEWHERE,
        Scope.ZONE,
        settled=True,
    ),
    Rule(
        "transient",
        OutcomeUnknown,
        _TRANSIENT,
        _FAILED,
        "Google did not say whether it did what it was asked for.",
        _PS,
    ),
    EXHAUSTED,
    Rule("permission", PermissionError_, "forbidden PERMISSION_DENIED 403", r"\bforbidden\b", MAY_NOT, GRANT),
    Rule("exists", codes="409 conflict", brief="The name is taken already.", remedy=_PS),
    Rule(
        "eventual",
        codes="conditionNotMet CONDITION_NOT_MET failedPrecondition FAILED_PRECONDITION ABORTED 412",
        words=r"\bprecondition",
        brief="Something has changed meanwhile, or is not ready yet.",
        remedy="Try again in a minute.",
    ),
    Rule(
        "invalid",
        NotFoundError,
        "notFound RESOURCE_NOT_FOUND 404",
        r"not found|do(es)? not exist|no longer exists?",
        _GONE,
        _PS,
    ),
    Rule(
        "invalid",
        codes="invalid badRequest INVALID_ARGUMENT required OUT_OF_RANGE UNIMPLEMENTED notImplemented parseError "
        "400 405 411 413 422 501",
        words=r"\binvalid\b|bad request|not allowed|compatible|\b(cannot|could not)\b|not (available|accepted|valid)\b"
        r"|only supports?\b",
        brief=_INVALID,
    ),
)
