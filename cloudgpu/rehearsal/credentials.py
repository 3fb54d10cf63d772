"""Who one is in the embedded clouds. Public constants: they open nothing but a rehearsal on this computer."""

from __future__ import annotations

PROJECT = "cloudgpu-rehearsal"
ACCOUNT = "123456789012"
REGION = "us-east-1"
SERVICE_ACCOUNT = f"rehearsal@{PROJECT}.iam.gserviceaccount.com"
ACCESS_KEY = "AKIACLOUDGPUREHEARSE"
SECRET_KEY = "rehearsal/opens/nothing/but/this/computer"  # noqa: S105  public on purpose: it guards nothing
