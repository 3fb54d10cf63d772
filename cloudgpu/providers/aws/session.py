"""The way to AWS: one boto3 session, and its clients, made once for each service and region."""

from __future__ import annotations

import re
import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ProfileNotFound
from botocore.loaders import Loader
from botocore.utils import parse_timestamp

from cloudgpu import __version__
from cloudgpu.errors import AuthError
from cloudgpu.model import Origin
from cloudgpu.providers.aws.errors import aws_errors
from cloudgpu.rules.suggest import did_you_mean

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

_Service = Literal["ec2", "ssm", "service-quotas", "sts"]
_HOME = "us-east-1"
_ANSWER_WITHIN = 30.0
# What is called of EC2, and no more: botocore's own description of all of it takes longer to read than most answers.
# Made by tools/trim_ec2_model.py.
_MODEL = Path(__file__).parent / "model"


class Account:
    """Clients by region. Thread-safe: a boto3 session is not, its clients are. Every method may raise ProviderError.

    Throttling is waited out by the SDK's own retries; `launcher` has none, because a zone that is out of stock
    answers with a 5xx, and asking it again would only cost time.
    """

    def __init__(self, origin: Origin) -> None:
        self._profile = origin.profile
        self._session: boto3.Session | None = None
        self._clients: dict[tuple[str, str, int], Any] = {}
        self._regions: tuple[str, ...] = ()
        self._number = ""
        self._lock = threading.RLock()  # never held while AWS is asked: other threads want their clients meanwhile
        self._numbering, self._listing = threading.Lock(), threading.Lock()

    @property
    def home(self) -> str:
        """The region of the profile or the environment."""
        return self._opened().region_name or _HOME

    def ec2(self, region: str) -> EC2Client:
        client: EC2Client = self._client("ec2", region)
        return client

    def launcher(self, region: str) -> EC2Client:
        client: EC2Client = self._client("ec2", region, attempts=1)
        return client

    def ssm(self, region: str) -> SSMClient:
        client: SSMClient = self._client("ssm", region)
        return client

    def service_quotas(self, region: str) -> ServiceQuotasClient:
        client: ServiceQuotasClient = self._client("service-quotas", region, attempts=2)
        return client

    def sts(self) -> STSClient:
        client: STSClient = self._client("sts", self.home)
        return client

    def number(self) -> str:
        """The account's twelve digits, asked once."""
        with self._numbering:
            if not self._number:
                with aws_errors(self.home, profile=self._profile or ""):
                    self._number = self.sts().get_caller_identity()["Account"]
            return self._number

    def regions(self) -> tuple[str, ...]:
        """The regions that are enabled in the account."""
        with self._listing:
            if not self._regions:
                with aws_errors(self.home):
                    found = self.ec2(self.home).describe_regions()["Regions"]
                self._regions = tuple(sorted(one["RegionName"] for one in found))
            return self._regions

    def every_region(self) -> tuple[str, ...]:
        """The regions that AWS has, as the installed boto3 knows them."""
        return tuple(self._opened().get_available_regions("ec2"))

    def _opened(self) -> boto3.Session:
        with self._lock:
            if self._session is None:
                with aws_errors():
                    try:
                        self._session = boto3.Session(botocore_session=_lean(self._profile))
                    except ProfileNotFound as error:
                        raise _no_profile(str(error)) from error
            return self._session

    def _client(self, service: _Service, region: str, *, attempts: int = 5) -> Any:
        key = (service, region, attempts)
        with self._lock:
            if key not in self._clients:
                config = Config(
                    retries={"mode": "standard", "total_max_attempts": attempts},
                    connect_timeout=5,
                    read_timeout=_ANSWER_WITHIN,
                    user_agent_extra=f"cloudgpu/{__version__}",
                )
                with aws_errors(region):
                    self._clients[key] = self._opened().client(service, region_name=region, config=config)
            return self._clients[key]


def _lean(profile: str | None) -> botocore.session.Session:
    """A session whose EC2 clients know only what this package calls. ProfileNotFound for a profile that is none."""
    session = botocore.session.Session(profile=profile)
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    paths = session.get_component("data_loader").search_paths
    session.register_component("data_loader", _Models([str(_MODEL), *paths], include_default_search_paths=False))
    return session


class _Models(Loader):
    """botocore's files. For each kind of file, and in each thread, botocore would look into the folders of all four
    hundred services to see which of them have it; that they are there is enough."""

    def list_available_services(self, type_name: str) -> list[str]:
        return sorted({one.name for path in map(Path, self.search_paths) if path.is_dir() for one in path.iterdir()})


def _moment(told: Any) -> Any:
    """EC2's own spelling takes a short way: a list of a thousand instances has as many launch times."""
    try:
        return datetime.fromisoformat(told.replace("Z", "+00:00"))
    except (ValueError, AttributeError):
        return parse_timestamp(told)


def _no_profile(words: str) -> AuthError:
    known = botocore.session.get_session().available_profiles
    named = re.search(r"\((.+)\)", words)
    hint = did_you_mean(named[1], known) if named else ""
    return AuthError(
        "There is no such AWS profile.",
        remedy=f"{hint} aws configure list-profiles".strip(),
        code="ProfileNotFound",
        details=words,
    )
