"""Who is asking, and for which project: application default credentials, without starting gcloud to find out."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import google.auth
from google.auth.credentials import Credentials, with_scopes_if_required
from google.auth.exceptions import GoogleAuthError
from google.oauth2.credentials import Credentials as UserCredentials

from cloudgpu.errors import AuthError
from cloudgpu.providers.gcp.errors import gcp_errors

_SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]
_LOGIN = "gcloud auth application-default login  (or set GOOGLE_APPLICATION_CREDENTIALS=/path/to/key.json)"


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
    explicit = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if explicit or _gcloud_file().is_file():
        return _from_file(Path(explicit or _gcloud_file()))
    if _on_compute_engine():
        found: tuple[Credentials, str | None] = google.auth.default(scopes=_SCOPES)
        return found
    raise AuthError(
        "There are no credentials for Google Cloud.",
        remedy=_LOGIN,
        details=f"Looked at $GOOGLE_APPLICATION_CREDENTIALS (unset), {_gcloud_file()} (missing), "
        "the metadata server (this is no Compute Engine machine).",
    )


def _from_file(path: Path) -> tuple[Credentials, str | None]:
    """google.auth.default would read the same file, but starts gcloud where it names no project."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of files from strangers and of quota, which is seen to above
            credentials, project = google.auth.load_credentials_from_file(str(path))
    except (GoogleAuthError, OSError, ValueError) as error:
        raise AuthError(
            f"{path} holds no usable credentials.", remedy=_LOGIN, code=type(error).__name__, details=str(error)
        ) from error
    return with_scopes_if_required(credentials, _SCOPES), project


def _gcloud_file() -> Path:
    """Where `gcloud auth application-default login` leaves them."""
    if folder := os.environ.get("CLOUDSDK_CONFIG"):
        return Path(folder, "application_default_credentials.json")
    home = Path(os.environ.get("APPDATA", "")) if sys.platform == "win32" else Path.home() / ".config"
    return home / "gcloud" / "application_default_credentials.json"


def _on_compute_engine() -> bool:
    """Read off the machine itself: asking the metadata server takes nine seconds where there is none."""
    if os.environ.get("GCE_METADATA_HOST"):
        return True
    try:
        return Path("/sys/class/dmi/id/product_name").read_text().strip().startswith("Google")
    except OSError:
        return False
