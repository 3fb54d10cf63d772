"""Refusals of what is asked for: there already, not there yet, networks, images, disks, settings."""

from __future__ import annotations

from cloudgpu.errors import NetworkError, ProviderError, Scope, UnsupportedError
from cloudgpu.providers.aws.refusals.rule import Rule

_NOT_YET = "AWS does not show yet what was made a moment ago, or it is gone."
_PS = "Try again in a minute, and look: cloudgpu ps --refresh"
_AGAIN = "Wait a minute, then again: cloudgpu destroy"

REQUEST = (
    Rule(
        "exists",
        ProviderError,
        "IdempotentInstanceTerminated IdempotentParameterMismatch",
        r"client token|idempotent",
        "This launch has had a machine in {where} that is gone or differs.",
        "cloudgpu destroy, then cloudgpu launch",
    ),
    Rule(
        "exists",
        ProviderError,
        "*Duplicate *AlreadyExist* ResourceAlreadyAssociated AlreadyAssociated EntityAlreadyExists",
        r"already (been )?(exist|associated|attached|assigned|taken)|only one open",
        "It is there already.",
        "cloudgpu ps --refresh",
    ),
    Rule(
        "network",
        NetworkError,
        "VPCIdNotSpecified DefaultVpcDoesNotExist VPCResourceNotSpecified",
        r"\bno default (vpc|subnet)|without a default vpc|default vpc.{0,20}(does not exist|not found)"
        r"|only be (used|launched) in a vpc",
        "The account has no default VPC in {region}.",
        "cloudgpu launch --subnet SUBNET_ID uses another one; this makes it: "
        "aws ec2 create-default-vpc --region {region}",
        Scope.REGION,
    ),
    Rule(
        "network",
        UnsupportedError,
        "MissingInput DefaultSubnetDoesNotExist",
        r"no (default )?subnets? (were |was )?(found|exists?)",
        "The default VPC has no subnet in {where}.",
        "aws ec2 create-default-subnet --region {region} --availability-zone {zone}",
        Scope.ZONE,
    ),
    Rule(
        "eventual",
        ProviderError,
        "DependencyViolation DeleteConflict *.InUse VolumeInUse ResourceInUse InvalidGroup.InUse",
        r"dependent object|has dependenc|(in use by|currently (in use|associated)|still (used|attached))|is in use",
        "Something still uses what is to be removed.",
        _AGAIN,
    ),
    Rule(
        "eventual",
        ProviderError,
        "InvalidInstanceID.NotFound InvalidGroup.NotFound InvalidGroupId.NotFound InvalidSecurityGroupID.NotFound "
        "InvalidNetworkInterfaceID.NotFound InvalidLaunchTemplateId.NotFound "
        "InvalidLaunchTemplateName.NotFoundException InvalidSpotInstanceRequestID.NotFound InvalidVolume.NotFound "
        "InvalidAllocationID.NotFound InvalidAttachment.NotFound",
        r"(instance IDs?|security groups?|network ?interface IDs?|spot instance request|volume|launch template)\b"
        r".{0,80}(do|does) not exist|invalid iam instance profile|iamInstanceProfile\.\w+ is invalid"
        r"|instance profile.{0,120}(not exist|not be found|not found|no associated)",
        _NOT_YET,
        _PS,
    ),
    Rule(
        "eventual",
        ProviderError,
        "IncorrectInstanceState IncorrectState IncorrectSpotRequestState InvalidState InvalidInstanceState "
        "OperationInProgress ResourceNotReady",
        r"not in (a |the )?('\w+' )?state\b|incorrect (\w+ )?state|never reached the '\w+' state"
        r"|not (yet )?in a valid state"
        r"|is not (yet )?ready\b|in the '?(pending|stopping|shutting-down)'? state|in progress",
        "The machine is on its way from one state to another.",
        "Try again in a minute: cloudgpu ps --refresh",
    ),
    Rule(
        "network",
        NetworkError,
        "InvalidSubnetID.* InvalidSubnet.* InvalidVpcID.* InvalidRouteTableID.* InvalidInternetGatewayID.* "
        "Gateway.NotAttached InvalidPrivateAddress InvalidAddress.*",
        r"(subnet|vpc|route table|internet gateway)( ID)?s? '?[^']{0,60}'? (do|does) not exist|subnet's address range"
        r"|belong to different (networks|vpcs)|conflicts with another subnet|with the parameter subnet"
        r"|not attached to any internet gateway|different (vpc|network) than",
        "The network that was asked for is not there, or not fit.",
        "cloudgpu launch --subnet SUBNET_ID  # these are there: aws ec2 describe-subnets --region {region}",
    ),
    Rule(
        "invalid",
        ProviderError,
        "InvalidAMIID.*",
        r"image id.{0,80}(does not exist|not valid|is invalid|not available)",
        "{region} does not have the machine image.",
        "Try again: the newest image is looked up at each launch.",
    ),
    Rule(
        "invalid",
        ProviderError,
        "InvalidBlockDeviceMapping InvalidSnapshot.*",
        r"smaller than snapshot|could not create volume|snapshot.{0,60}does not exist",
        "The disk does not fit the machine image.",
        "cloudgpu launch --disk-size 200",
    ),
    Rule(
        "invalid",
        ProviderError,
        "OperationNotPermitted",
        r"disableApiTermination|may not be terminated",
        "The machine is protected against termination.",
        "aws ec2 modify-instance-attribute --no-disable-api-termination --region {region} --instance-id {instance}",
    ),
    Rule(
        "invalid",
        ProviderError,
        "NoRegionError InvalidRegionError MissingRegion",
        r"must specify a region|(find|no) (a )?region( configuration)?\b"
        r"|region_name.{0,80}(match|valid)|region.{0,40}(is not valid|does not exist)",
        "The configured AWS region is none.",
        "aws configure set region us-east-1",
    ),
    Rule(
        "invalid",
        ProviderError,
        "ParamValidationError UnknownParameterError UnknownServiceError",
        r"parameter validation failed",
        "This boto3 cannot send what cloudgpu asks for.",
        "python -m pip install --upgrade boto3",
    ),
)
