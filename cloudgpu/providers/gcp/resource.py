"""A machine in Compute Engine's words, as an insert asks for it."""

from __future__ import annotations

from datetime import datetime

from cloudgpu.model import InstanceSpec
from cloudgpu.providers.gcp import disks, identity
from cloudgpu.providers.gcp.images import Image
from cloudgpu.providers.gcp.schedule import scheduling, waiting
from cloudgpu.rules import names
from cloudgpu.rules.catalog import GPUS

_GVNIC = ("a3-", "a4-", "a4x-", "g4-")


def wanted(spec: InstanceSpec, project: str, now: datetime, image: Image, network: dict[str, str]) -> dict[str, object]:
    """The instance of `instances.insert`. What runs on it can do nothing in the project, or pull its image at most."""
    offer, name, marks = spec.offer, names.resource_name(spec.launch_id), names.marks(spec)
    interface: dict[str, object] = {**network, "access_configs": [{"type_": "ONE_TO_ONE_NAT", "name": "External NAT"}]}
    if offer.instance_type.startswith(_GVNIC):
        interface["nic_type"] = "GVNIC"
    instance: dict[str, object] = {
        "name": name,
        "machine_type": f"zones/{offer.zone}/machineTypes/{offer.instance_type}",
        "labels": marks,
        "tags": {"items": [name]},
        "scheduling": scheduling(spec, now),
        "disks": [_boot_disk(spec, image, marks)],
        "network_interfaces": [interface],
        "shielded_instance_config": {
            # an unsigned driver would not be loaded
            "enable_secure_boot": image.signed,
            "enable_vtpm": True,
            "enable_integrity_monitoring": True,
        },
        "metadata": {"items": [{"key": key, "value": value} for key, value in _metadata(spec, image).items()]},
    }
    if offer.instance_type.startswith("n1-"):
        kind = f"projects/{project}/zones/{offer.zone}/acceleratorTypes/{GPUS[offer.gpu.type][0]}"
        instance["guest_accelerators"] = [{"accelerator_type": kind, "accelerator_count": offer.gpu.count}]
    if scopes := identity.scopes(spec.image):
        instance["service_accounts"] = [{"email": "default", "scopes": scopes}]
    if offer.flex_start:
        instance["reservation_affinity"] = {"consume_reservation_type": "NO_RESERVATION"}
        instance["params"] = {"request_valid_for_duration": {"seconds": int(waiting(spec).total_seconds())}}
    return instance


def _boot_disk(spec: InstanceSpec, image: Image, marks: dict[str, str]) -> dict[str, object]:
    return {
        "boot": True,
        "auto_delete": True,
        "initialize_params": {
            "source_image": image.link,
            "disk_size_gb": max(spec.disk_gb, image.size_gb),
            "disk_type": f"zones/{spec.offer.zone}/diskTypes/{disks.disk_type(spec.offer.instance_type)}",
            "labels": marks,
        },
    }


def _metadata(spec: InstanceSpec, image: Image) -> dict[str, str]:
    """Guest attributes are where the machine publishes its SSH host keys."""
    metadata = {
        "ssh-keys": f"{spec.user}:{spec.ssh_public_key.strip()}",
        "block-project-ssh-keys": "TRUE",
        "enable-oslogin": "FALSE",
        "enable-guest-attributes": "TRUE",
    }
    if image.deep_learning:
        metadata["install-nvidia-driver"] = "True"  # some of these images ask a person otherwise
    return metadata | ({"startup-script": spec.startup_script} if spec.startup_script else {})
