"""Buying one machine: a single RunInstances, asked again with the same token for as long as the answer is missing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cloudgpu.errors import NoRouteError, OutcomeUnknown, ProviderError, Scope, ThrottledError
from cloudgpu.model import Instance, InstanceSpec, Offer
from cloudgpu.providers.aws import endings, images
from cloudgpu.providers.aws.errors import aws_errors
from cloudgpu.providers.aws.firewall import Doors
from cloudgpu.providers.aws.images import Image
from cloudgpu.providers.aws.instances import described, instance_of
from cloudgpu.providers.aws.network import Networks
from cloudgpu.providers.aws.ordering import order, token_of
from cloudgpu.providers.aws.prices import machines
from cloudgpu.providers.aws.session import Account
from cloudgpu.retry import until

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, InstanceTypeDef

_ASKED_AT_MOST = 4
_ANSWERS_WITHIN, _SHOWN_WITHIN = 120.0, 15.0
_NO_ANSWER = (OutcomeUnknown, ThrottledError, NoRouteError)


class Launcher:
    """Keeps, for the zones tried one after the other, the machine images of each region."""

    def __init__(self, account: Account, networks: Networks, doors: Doors) -> None:
        self._account, self._networks, self._doors = account, networks, doors
        self._images: dict[tuple[str, bool, bool], Image] = {}

    def launch(self, spec: InstanceSpec) -> Instance:
        """The instance that EC2 said yes to. Its firewall is asked for once in a region, and stays after a refusal that
        leaves another place to try."""
        try:
            told = self._settled(spec)
        except ProviderError as refusal:
            if refusal.scope is Scope.ACCOUNT and not isinstance(refusal, _NO_ANSWER):
                self._doors.close_all(spec.launch_id)
            raise
        self._doors.close_all(spec.launch_id, but=spec.offer.region)
        return instance_of(told, spec.offer.region)

    def _settled(self, spec: InstanceSpec) -> InstanceTypeDef:
        told = self._bought(spec, self._request(spec))
        if told["State"]["Name"] in endings.ENDING:
            raise endings.why(told, spec.offer)
        return told

    def _request(self, spec: InstanceSpec) -> dict[str, Any]:
        region = spec.offer.region
        self._account.ec2(region), self._account.ssm(region), self._account.launcher(region)
        with ThreadPoolExecutor(1) as pool:
            image = pool.submit(self._image, spec.offer, plain=spec.plain)
            subnet = self._networks.subnet(spec.network, spec.offer)
            group = self._doors.open(spec, subnet.vpc)
            return order(spec, image.result(), subnet.id, group)

    def _image(self, offer: Offer, *, plain: bool) -> Image:
        known = machines().get(offer.instance_type)
        key = offer.region, bool(known and known.arm), plain or offer.gpu.type in images.TOO_OLD
        if key not in self._images:
            ssm, ec2 = self._account.ssm(offer.region), self._account.ec2(offer.region)
            self._images[key] = images.newest(ssm, ec2, offer.region, arm=key[1], plain=key[2])
        return self._images[key]

    def _bought(self, spec: InstanceSpec, request: dict[str, Any]) -> InstanceTypeDef:
        try:
            return self._asked(spec, request)
        except OutcomeUnknown:
            with suppress(ProviderError):  # the first error says more: the machine may be there
                found = self._shown(spec)
                if found is not None and found["State"]["Name"] not in endings.ENDING:
                    return found
            raise
        except ProviderError as error:
            if not error.code.startswith("Idempotent"):
                raise
            return self._bought_before(spec, error)

    def _bought_before(self, spec: InstanceSpec, refusal: ProviderError) -> InstanceTypeDef:
        """What this attempt's token stands for already, by another run of this launch."""
        if refusal.code == "IdempotentInstanceTerminated":
            found = self._shown(spec)
            if found is None:
                raise endings.gone(spec.offer, refusal.code, refusal.details) from refusal
            return found
        return until(
            lambda: self._shown(spec),
            within=_SHOWN_WITHIN,
            otherwise=lambda: OutcomeUnknown(
                f"AWS has an earlier request of this launch for {spec.offer.instance_type} in {spec.offer.zone}, and "
                "does not show what became of it.",
                remedy=f"In a minute: cloudgpu launch {spec.name}  # goes on with it; or cloudgpu destroy {spec.name}",
                code=refusal.code,
                details=refusal.details,
            ),
        )

    def _shown(self, spec: InstanceSpec) -> InstanceTypeDef | None:
        """What EC2 shows of this attempt, and of no other."""
        by_token: FilterTypeDef = {"Name": "client-token", "Values": [token_of(spec)]}
        found = described(self._account, spec.offer.region, [by_token])
        return found[0] if found else None

    def _asked(self, spec: InstanceSpec, request: dict[str, Any]) -> InstanceTypeDef:
        """The same question a few times. OutcomeUnknown if one of them stayed without an answer, and none got one."""
        launcher = self._account.launcher(spec.offer.region)
        silent: list[ProviderError] = []

        def verdict() -> ProviderError:
            return next((one for one in silent if isinstance(one, OutcomeUnknown)), silent[-1])

        def ask() -> InstanceTypeDef | None:
            try:
                with aws_errors(spec.offer.region, spec.offer):
                    return launcher.run_instances(**request)["Instances"][0]
            except ProviderError as error:
                if not (isinstance(error, _NO_ANSWER) or self._not_yet(spec, error)):
                    raise
                silent.append(error)
                if len(silent) == _ASKED_AT_MOST or isinstance(verdict(), NoRouteError):
                    raise verdict() from error
                return None

        return until(ask, within=_ANSWERS_WITHIN, otherwise=verdict, every=0.3)

    def _not_yet(self, spec: InstanceSpec, error: ProviderError) -> bool:
        """Whether EC2 only does not know the security group yet, which it made a moment ago."""
        if error.code != "InvalidGroup.NotFound":
            return False
        self._doors.forget(spec.launch_id, spec.offer.region)
        return True
