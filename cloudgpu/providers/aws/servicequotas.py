"""The Service Quotas API of one region: the limits that it tells of, and requests for higher ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudgpu.errors import AuthError, NoRouteError, ProviderError
from cloudgpu.providers.aws.buckets import Bucket
from cloudgpu.providers.aws.errors import aws_errors, code_of
from cloudgpu.providers.aws.session import Account

if TYPE_CHECKING:
    from mypy_boto3_service_quotas.type_defs import RequestedServiceQuotaChangeTypeDef as Request

_OPEN = ("PENDING", "CASE_OPENED")
# What is wrong with the credentials in general EC2 says, too; from this service alone it means that it is closed to
# them, or not there in this region.
_ONLY_HERE = ("AuthFailure", "InvalidClientTokenId", "RequestExpired", "UnrecognizedClientException")


class ServiceQuotas:
    """Keeps nothing."""

    def __init__(self, account: Account, region: str) -> None:
        self._client = account.service_quotas(region)
        self._region = region

    def limit(self, bucket: Bucket) -> float | None:
        """In vCPUs. None where AWS does not tell, or these credentials may not ask. AuthError without credentials,
        NoRouteError without a network."""
        try:
            code = self.code(bucket)
            return None if code is None else self._applied(code)
        except (AuthError, NoRouteError) as error:
            if error.code not in _ONLY_HERE:
                raise
        except ProviderError:
            pass
        return None

    def code(self, bucket: Bucket) -> str | None:
        """The quota's code, by its name where it is not known. None: there is none here."""
        if bucket.code is not None:
            return bucket.code
        with aws_errors(self._region):
            pages = self._client.get_paginator("list_service_quotas").paginate(ServiceCode="ec2")
            for page in pages:
                for quota in page["Quotas"]:
                    if all(word in quota["QuotaName"] for word in bucket.words):
                        return quota["QuotaCode"]
        return None

    def ask(self, code: str, wanted: float) -> Request:
        """File a request for more. ProviderError `ResourceAlreadyExistsException` where one is open."""
        with aws_errors(self._region):
            return self._client.request_service_quota_increase(ServiceCode="ec2", QuotaCode=code, DesiredValue=wanted)[
                "RequestedQuota"
            ]

    def request(self, id: str) -> Request:
        """The request as it is now."""
        with aws_errors(self._region):
            return self._client.get_requested_service_quota_change(RequestId=id)["RequestedQuota"]

    def open_request(self, code: str) -> Request | None:
        """The one that is not decided yet: there is at most one for each limit."""
        with aws_errors(self._region):
            pages = self._client.get_paginator("list_requested_service_quota_change_history_by_quota").paginate(
                ServiceCode="ec2", QuotaCode=code
            )
            found = [one for page in pages for one in page["RequestedQuotas"] if one["Status"] in _OPEN]
        return found[0] if found else None

    def _applied(self, code: str) -> float | None:
        """A quota which was never changed for the account may be told only as the default."""
        with aws_errors(self._region):
            try:
                found = self._client.get_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"]
            except ClientError as error:
                if code_of(error) != "NoSuchResourceException":
                    raise
                found = self._client.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"]
        return found.get("Value")  # missing where the answer has an ErrorReason in its place
