"""Where this computer's application default credentials are. Imports nothing of Google's: who has none hears it at
once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cloudgpu.errors import AuthError

LOGIN = "gcloud auth application-default login  (or set GOOGLE_APPLICATION_CREDENTIALS=/path/to/key.json)"


def source() -> Path | None:
    """Their file; None on a Compute Engine machine, whose metadata server has them. AuthError with neither."""
    explicit = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if explicit or _gcloud_file().is_file():
        return Path(explicit or _gcloud_file())
    if _on_compute_engine():
        return None
    raise AuthError(
        "There are no credentials for Google Cloud.",
        remedy=LOGIN,
        details=f"Looked at $GOOGLE_APPLICATION_CREDENTIALS (unset), {_gcloud_file()} (missing), "
        "the metadata server (this is no Compute Engine machine).",
    )


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
