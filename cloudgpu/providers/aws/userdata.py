"""What the machine is told before its first boot: who may log in, and the script that prepares it. Nothing secret."""

from __future__ import annotations

import gzip
import json
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from cloudgpu.model import InstanceSpec

_LIMIT = 16_384
_IMAGE_USER = "ubuntu"


def user_data(spec: InstanceSpec) -> bytes:
    """A cloud-config and the startup script, each as it is, in one message that the image's cloud-init takes apart.

    The same spec gives the same bytes, or the idempotency token would not hold. Compressed above EC2's 16 KB.
    """
    # JSON is YAML, and needs no quoting rules of its own.
    config = f"#cloud-config\n{json.dumps(_config(spec), indent=1)}\n"
    message = MIMEMultipart(boundary="cloudgpu-8f2c6f1d")
    message.attach(MIMEText(config, "cloud-config"))
    if spec.startup_script:
        # at every boot, not only at the first: a machine that was stopped and comes back ends at its time, too
        message.attach(MIMEText(spec.startup_script, "x-shellscript-per-boot"))
    plain = message.as_bytes()
    return plain if len(plain) <= _LIMIT else gzip.compress(plain, mtime=0)


def _config(spec: InstanceSpec) -> dict[str, object]:
    quiet: dict[str, object] = {"package_update": False, "package_upgrade": False}
    if spec.user == _IMAGE_USER:
        return quiet | {"ssh_authorized_keys": [spec.ssh_public_key]}
    login = {
        "name": spec.user,
        "groups": "docker",
        "shell": "/bin/bash",
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "lock_passwd": True,
        "ssh_authorized_keys": [spec.ssh_public_key],
    }
    return quiet | {"users": ["default", login]}
