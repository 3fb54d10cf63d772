"""Which predefined role brings a permission that is missing."""

from __future__ import annotations

import re

# the least role that has it; the first line that fits
_ROLES = (
    (r"serviceaccounts\.actAs|access to service account", "iam.serviceAccountUser"),
    (r"serviceusage\.services\.use|permission to use project", "serviceusage.serviceUsageConsumer"),
    (r"serviceAccounts\.getAccessToken", "iam.serviceAccountTokenCreator"),
    (r"cloudquotas\.quotas\.get", "cloudquotas.viewer"),
    (r"cloudquotas\.", "cloudquotas.admin"),
    (r"compute\.firewalls\.", "compute.securityAdmin"),
    (r"compute\.(networks|subnetworks|routers)\.(create|delete|patch|update\w*)\b", "compute.networkAdmin"),
    (r"compute\.(networks|subnetworks)\.use", "compute.networkUser"),
)


def role_for(words: str) -> str:
    """The role to ask for, without `roles/`."""
    return next(
        (role for pattern, role in _ROLES if re.search(pattern, words, re.IGNORECASE)), "compute.instanceAdmin.v1"
    )
