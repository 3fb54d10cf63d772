"""Who is asking, and for which project: application default credentials, without starting gcloud to find out."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import google.auth
from google.auth.credentials import Credentials, with_scopes_if_required
from google.auth.exceptions import GoogleAuthError
from google.oauth2.credentials import Credentials as UserCredentials

from cloudgpu.errors import AuthError
from cloudgpu.providers.gcp import adc
from cloudgpu.providers.gcp.errors import gcp_errors

_SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


def sign_in(project: str | None) -> tuple[Credentials, str]:
    """Credentials, and the project that pays: the one given, else the environment's, else that of the credentials.

    AuthError where either is missing.
    """
    with gcp_errors(project or ""):
        credentials, own_project = _credentials()
    project = project or os.environ.get("GOOGLE_CLOUD_PROJECT") or os.environ.get("GCLOUD_PROJECT") or own_project
    if not project:
        raise AuthError(
            "There are credentials for Google Cloud, but they belong to no project.",
            remedy="export GOOGLE_CLOUD_PROJECT=PROJECT  (gcloud projects list shows yours), or --project PROJECT",
        )
    if isinstance(credentials, UserCredentials) and not credentials.quota_project_id:
        credentials = credentials.with_quota_project(project)
    return credentials, project


def _credentials() -> tuple[Credentials, str | None]:
    file = adc.source()
    if file is not None:
        return _from_file(file)
    found: tuple[Credentials, str | None] = google.auth.default(scopes=_SCOPES)
    return found


def _from_file(path: Path) -> tuple[Credentials, str | None]:
    """google.auth.default would read the same file, but starts gcloud where it names no project."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of files from strangers and of quota, which is seen to above
            credentials, project = google.auth.load_credentials_from_file(str(path))
    except (GoogleAuthError, OSError, ValueError) as error:
        raise AuthError(
            f"{path} holds no usable credentials.", remedy=adc.LOGIN, code=type(error).__name__, details=str(error)
        ) from error
    return with_scopes_if_required(credentials, _SCOPES), project
