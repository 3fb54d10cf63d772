"""Where the real SDKs look for their cloud."""

from __future__ import annotations

import os
from pathlib import Path

from cloudgpu.rehearsal import credentials
from cloudgpu.rehearsal.files import Home, Running

_AWAY = (
    *("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
    *(f"AWS_ENDPOINT_URL_{service}" for service in ("EC2", "SSM", "STS", "SERVICE_QUOTAS")),
    *("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "GOOGLE_CLOUD_QUOTA_PROJECT"),
    *("GOOGLE_API_USE_CLIENT_CERTIFICATE", "GOOGLE_API_USE_MTLS_ENDPOINT", "GOOGLE_CLOUD_UNIVERSE_DOMAIN"),
)


def environment(found: Running, folder: Path) -> dict[str, str]:
    """The variables that lead Google's and Amazon's own SDKs and tools here. An empty value: the variable has to be
    removed, because what it holds would lead elsewhere."""
    local = "127.0.0.1,localhost"
    others = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
    no_proxy = f"{local},{others}" if others else local
    return {
        **dict.fromkeys(_AWAY, ""),
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": f"{found.gce_endpoint}/compute/v1/",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDQUOTAS": f"{found.gce_endpoint}/",
        "GOOGLE_APPLICATION_CREDENTIALS": str(Home(folder).service_account),
        "GOOGLE_CLOUD_PROJECT": credentials.PROJECT,
        "NO_GCE_CHECK": "true",
        "AWS_ENDPOINT_URL": found.aws_endpoint,
        "AWS_ACCESS_KEY_ID": credentials.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": credentials.SECRET_KEY,
        "AWS_DEFAULT_REGION": credentials.REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }
