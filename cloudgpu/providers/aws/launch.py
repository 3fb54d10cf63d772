"""Buying one machine: a single RunInstances, asked again with the same token for as long as the answer is missing."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cloudgpu.errors import NoRouteError, OutcomeUnknown, ProviderError, ThrottledError
from cloudgpu.model import Instance, InstanceRef, InstanceSpec, Offer
from cloudgpu.providers.aws import images, network
from cloudgpu.providers.aws.errors import aws_errors
from cloudgpu.providers.aws.images import Image
from cloudgpu.providers.aws.instances import USER, instance_of, look_up
from cloudgpu.providers.aws.session import Account
from cloudgpu.providers.aws.userdata import user_data
from cloudgpu.retry import until
from cloudgpu.rules.names import marks

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

_ASKED_AT_MOST = 4
_ANSWERS_WITHIN = 120.0


class Launcher:
    """Keeps, for the zones tried one after the other, the machine image of each region."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._images: dict[str, Image] = {}

    def launch(self, spec: InstanceSpec) -> Instance:
        """The instance that EC2 said yes to. After a refusal the firewall made for it is gone again."""
        region = spec.offer.region
        ec2 = self._account.ec2(region)
        self._account.ssm(region), self._account.launcher(region)
        with ThreadPoolExecutor(1) as pool:
            image = pool.submit(self._image, region)
            subnet = network.subnet_of(ec2, region, spec.offer.zone)
            try:
                group = network.open_firewall(ec2, spec, subnet["VpcId"])
                request = _request(spec, image.result(), subnet["SubnetId"], group)
                return instance_of(self._bought(spec, request), region)
            except OutcomeUnknown:
                raise
            except ProviderError:
                with suppress(ProviderError):  # what AWS refused is told, not that tidying up failed, too
                    network.close_firewall(ec2, spec.launch_id, region)
                raise

    def _image(self, region: str) -> Image:
        if region not in self._images:
            self._images[region] = images.newest(self._account.ssm(region), self._account.ec2(region), region)
        return self._images[region]

    def _bought(self, spec: InstanceSpec, request: dict[str, Any]) -> InstanceTypeDef:
        try:
            return self._asked(spec.offer, request)
        except ProviderError as error:
            if isinstance(error, OutcomeUnknown) or error.code.startswith("Idempotent"):
                with suppress(ProviderError):  # the first error says more: the machine may be there
                    ref = InstanceRef(spec.name, spec.launch_id, spec.offer.region, spec.offer.zone)
                    found = look_up(self._account, ref)
                    if found is not None and found["State"]["Name"] != "terminated":
                        return found
            raise

    def _asked(self, offer: Offer, request: dict[str, Any]) -> InstanceTypeDef:
        """The same question a few times. OutcomeUnknown if one of them stayed without an answer, and none got one."""
        launcher = self._account.launcher(offer.region)
        silent: list[OutcomeUnknown | ThrottledError | NoRouteError] = []

        def verdict() -> ProviderError:
            return next((one for one in silent if isinstance(one, OutcomeUnknown)), silent[-1])

        def ask() -> InstanceTypeDef | None:
            try:
                with aws_errors(offer.region, offer):
                    return launcher.run_instances(**request)["Instances"][0]
            except (OutcomeUnknown, ThrottledError, NoRouteError) as error:
                silent.append(error)
                if len(silent) == _ASKED_AT_MOST or isinstance(verdict(), NoRouteError):
                    raise verdict() from error
                return None

        return until(ask, within=_ANSWERS_WITHIN, otherwise=verdict, every=0.3)


def _request(spec: InstanceSpec, image: Image, subnet: str, group: str) -> dict[str, Any]:
    tags = [{"Key": key, "Value": value} for key, value in {"Name": spec.name, USER: spec.user, **marks(spec)}.items()]
    marked = ["instance", "volume", "network-interface"]
    request: dict[str, Any] = {
        "ImageId": image.id,
        "InstanceType": spec.offer.instance_type,
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": token_of(spec),
        "UserData": user_data(spec),
        "InstanceInitiatedShutdownBehavior": "terminate",
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 2},
        "BlockDeviceMappings": [
            {
                "DeviceName": image.root,
                "Ebs": {
                    "VolumeSize": max(spec.disk_gb, image.snapshot_gb),
                    "VolumeType": "gp3",
                    "DeleteOnTermination": True,
                },
            }
        ],
        "NetworkInterfaces": [
            {
                "DeviceIndex": 0,
                "SubnetId": subnet,
                "Groups": [group],
                "AssociatePublicIpAddress": True,
                "DeleteOnTermination": True,
            }
        ],
    }
    if spec.offer.spot:
        marked.append("spot-instances-request")
        request["InstanceMarketOptions"] = {
            "MarketType": "spot",
            "SpotOptions": {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate"},
        }
    return request | {"TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in marked]}


def token_of(spec: InstanceSpec) -> str:
    """The idempotency token: the same for the same launch, zone and type, whoever asks; 64 ASCII characters at most."""
    offer = spec.offer
    what = f"{spec.launch_id} {offer.zone} {offer.instance_type} {'spot' if offer.spot else 'on-demand'}"
    return f"cloudgpu-{hashlib.sha256(what.encode()).hexdigest()[:48]}"
