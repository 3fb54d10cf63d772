"""The clouds that the suite can be run on, and what is different about them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cloud:
    """`account`: the variable that says who pays, and `stands_for` what is written in its place. `wanted`: the cheap
    machine with one T4, which is bought as spot. `stops`: whether that can be switched off and on. `floats`: its price
    may rise while it runs, up to that on demand."""

    name: str
    title: str
    account: str
    stands_for: str
    example: str
    wanted: tuple[str, ...]
    stops: bool
    floats: bool

    @property
    def as_spot(self) -> tuple[str, ...]:
        return (*self.wanted, "--spot")

    def without_the_other(self, environ: Mapping[str, str], home: Path) -> dict[str, str]:
        """The environment in which only this cloud can be asked. `home` is a folder without any configuration."""
        others = _LEADS_TO["aws" if self.name == "gcp" else "gcp"]
        kept = {name: value for name, value in environ.items() if not name.startswith(others)}
        return kept | {name: value.format(home=home) for name, value in _CLOSED[self.name].items()}


_LEADS_TO = {"aws": ("AWS_",), "gcp": ("GOOGLE_", "CLOUDSDK_", "GCLOUD_", "GCE_")}
_CLOSED = {
    "gcp": {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    },
    "aws": {"CLOUDSDK_CONFIG": "{home}/no-gcloud", "NO_GCE_CHECK": "true", "AWS_EC2_METADATA_DISABLED": "true"},
}

GOOGLE = Cloud(
    name="gcp",
    title="Google Cloud",
    account="GOOGLE_CLOUD_PROJECT",
    stands_for="a-project",
    example="GOOGLE_CLOUD_PROJECT=my-project CLOUDGPU_LIVE_BUDGET_USD=1 make test-live",
    wanted=("--provider", "gcp", "--gpu", "T4"),
    stops=True,
    floats=False,
)
AMAZON = Cloud(
    name="aws",
    title="AWS",
    account="AWS_PROFILE",
    stands_for="a-profile",
    example="AWS_PROFILE=my-profile CLOUDGPU_LIVE_BUDGET_USD=1 make test-live",
    wanted=("--provider", "aws", "--gpu", "T4", "--instance-type", "g4dn.xlarge"),
    stops=False,  # a one-time spot request ends with its machine
    floats=True,
)
CLOUDS = {one.name: one for one in (GOOGLE, AMAZON)}
