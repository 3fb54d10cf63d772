"""Which network a machine goes into, and how one is made where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudgpu.errors import NetworkError, ProviderError, Scope
from cloudgpu.model import Network, Offer
from cloudgpu.providers.aws.errors import aws_errors, code_of
from cloudgpu.providers.aws.session import Account
from cloudgpu.providers.aws.subnets import Subnet, Subnets
from cloudgpu.retry import until

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import VpcTypeDef

USUAL = "default"
_MADE_WITHIN = 60.0


class Networks:
    """For one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._subnets = Subnets(account)

    def network(self, wanted: Network, offer: Offer) -> Network:
        """As `protocols.HasNetworks`: the named subnet, else the named VPC (by its id or its `Name` tag), else the
        default VPC, which is called `default`. A subnet that is in another zone of the region is taken: the offers
        that are not in its zone are refused one by one."""
        if wanted.subnet:
            found = self._named(wanted.subnet, wanted, offer)
            return Network(found.vpc, found.id)
        if wanted.name in (None, USUAL):
            self._usual(offer)
            return Network(USUAL)
        return Network(self._vpc(str(wanted.name), offer))

    def make_network(self, offer: Offer) -> Network:
        """As `protocols.HasNetworks`: the default VPC of the region and its subnet of the zone."""
        with aws_errors(offer.region, offer):
            try:
                self._account.ec2(offer.region).create_default_vpc()
            except ClientError as error:
                if code_of(error) != "DefaultVpcAlreadyExists":
                    raise
        until(
            lambda: self._is_there(offer),
            within=_MADE_WITHIN,
            otherwise=lambda: ProviderError(
                f"AWS made a default VPC in {offer.region}, and it has no subnet in {offer.zone} yet.",
                remedy=_make_subnet(offer),
            ),
        )
        return Network(USUAL)

    def subnet(self, wanted: Network, offer: Offer) -> Subnet:
        """Where a machine of this offer is plugged in. NetworkError, with the scope of what has no such place."""
        if wanted.subnet:
            found = self._named(wanted.subnet, wanted, offer)
            if found.zone != offer.zone:
                raise _missing(
                    f"Subnet {found.id} is in {found.zone}, not in {offer.zone}.",
                    f"cloudgpu launch --subnet {found.id} --zone {found.zone}",
                    Scope.ZONE,
                )
            return found
        if wanted.name in (None, USUAL):
            return self._usual(offer)
        return self._roomiest(self._vpc(str(wanted.name), offer), offer)

    def _usual(self, offer: Offer) -> Subnet:
        usual = [one for one in self._subnets.of(offer.region) if one.usual]
        here = next((one for one in usual if one.zone == offer.zone), None)
        if here is not None:
            return here
        if usual or any(one.get("IsDefault") for one in self._subnets.vpcs(offer.region)):
            raise _missing(f"The default VPC has no subnet in {offer.zone}.", _make_subnet(offer), Scope.ZONE)
        raise _missing(
            f"The account has no default VPC in {offer.region}.",
            f"aws ec2 create-default-vpc --region {offer.region}  # or take another: cloudgpu launch --network VPC-ID",
            Scope.REGION,
        )

    def _named(self, subnet_id: str, wanted: Network, offer: Offer) -> Subnet:
        there = self._subnets.of(offer.region)
        found = next((one for one in there if one.id == subnet_id), None)
        if found is None:
            raise _missing(
                f"{offer.region} has no subnet {subnet_id!r}.",
                f"aws ec2 describe-subnets --region {offer.region}  # another region: cloudgpu launch --region REGION",
                Scope.REGION,
                f"subnets of {offer.region}: {', '.join(one.id for one in there) or 'none'}",
            )
        if wanted.name not in (None, USUAL, found.vpc) and self._vpc(str(wanted.name), offer) != found.vpc:
            raise _missing(
                f"Subnet {found.id} is not in {wanted.name}.", f"cloudgpu launch --subnet {found.id}", Scope.REGION
            )
        return found

    def _vpc(self, name: str, offer: Offer) -> str:
        """The id of the VPC with this id or `Name`."""
        if any(one.vpc == name for one in self._subnets.of(offer.region)):
            return name
        found = self._subnets.vpcs(offer.region)
        known = {_name(one): one["VpcId"] for one in found} | {one["VpcId"]: one["VpcId"] for one in found}
        if name not in known:
            raise _missing(
                f"{offer.region} has no VPC {name!r}.",
                f"aws ec2 describe-vpcs --region {offer.region}",
                Scope.REGION,
                f"VPCs of {offer.region}: {', '.join(sorted(filter(None, known))) or 'none'}",
            )
        return known[name]

    def _roomiest(self, vpc: str, offer: Offer) -> Subnet:
        """The VPC's subnet of the zone with a way to the internet and the most free addresses."""
        reaching = self._subnets.reaching_internet(vpc, offer.region)
        here = [one for one in self._subnets.of(offer.region) if (one.vpc, one.zone) == (vpc, offer.zone)]
        fit = [one for one in here if reaching is None or one.id in reaching]
        if fit:
            return max(fit, key=lambda one: (one.open_, one.addresses))
        if here:
            raise _missing(
                f"{vpc} has no subnet with a way to the internet in {offer.zone}.",
                f"cloudgpu launch --subnet {here[0].id} --zone {offer.zone}  # where you reach it all the same",
                Scope.ZONE,
            )
        raise _missing(
            f"{vpc} has no subnet in {offer.zone}.",
            f"aws ec2 describe-subnets --region {offer.region} --filters Name=vpc-id,Values={vpc}",
            Scope.ZONE,
        )

    def _is_there(self, offer: Offer) -> Subnet | None:
        """The usual subnet of the zone; its making is asked for where the VPC is without it."""
        self._subnets.forget(offer.region)
        try:
            return self._usual(offer)
        except NetworkError as error:
            if error.scope is not Scope.ZONE:
                return None
        with aws_errors(offer.region, offer):
            try:
                self._account.ec2(offer.region).create_default_subnet(AvailabilityZone=offer.zone)
            except ClientError as error:
                if code_of(error) != "DefaultSubnetAlreadyExistsInAvailabilityZone":
                    raise
        return None


def _make_subnet(offer: Offer) -> str:
    return f"aws ec2 create-default-subnet --region {offer.region} --availability-zone {offer.zone}"


def _name(told: VpcTypeDef) -> str:
    return next((tag.get("Value", "") for tag in told.get("Tags", []) if tag.get("Key") == "Name"), "")


def _missing(brief: str, remedy: str, scope: Scope, details: str = "") -> NetworkError:
    error = NetworkError(brief, remedy=remedy, details=details)
    error.scope = scope
    return error
