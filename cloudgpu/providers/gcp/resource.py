"""Our nouns in Compute Engine's words, and back."""

from __future__ import annotations

from datetime import datetime, timezone

from cloudgpu.model import Gpu, Instance, InstanceRef, InstanceSpec, State
from cloudgpu.providers.gcp import prices, sdk
from cloudgpu.providers.gcp.images import family_for
from cloudgpu.providers.gcp.network import NETWORK
from cloudgpu.rules import names
from cloudgpu.rules.catalog import GPUS, gpu_of_gcp

_SHORTEST, _LONGEST = 120, 120 * 24 * 3600  # what maxRunDuration takes, in seconds
_HYPERDISK_ONLY = ("a3-ultragpu", "a4-", "g4-")
_STATES = {
    "PENDING": State.PENDING,
    "PROVISIONING": State.PENDING,
    "STAGING": State.PENDING,
    "REPAIRING": State.PENDING,
    "RUNNING": State.RUNNING,
    "PENDING_STOP": State.STOPPING,
    "STOPPING": State.STOPPING,
    "SUSPENDING": State.STOPPING,
    "DEPROVISIONING": State.STOPPING,
    "SUSPENDED": State.STOPPED,
    "STOPPED": State.STOPPED,
    "TERMINATED": State.STOPPED,  # Google's word for a machine that is off and can be started again
}


def wanted(spec: InstanceSpec, project: str, now: datetime) -> dict[str, object]:
    """The instance of `instances.insert`. It has no service account: what runs on it can do nothing in the project."""
    offer, name, marks = spec.offer, names.resource_name(spec.launch_id), names.marks(spec)
    disk_type = "hyperdisk-balanced" if offer.instance_type.startswith(_HYPERDISK_ONLY) else "pd-balanced"
    interface: dict[str, object] = {
        "network": NETWORK,
        "access_configs": [{"type_": "ONE_TO_ONE_NAT", "name": "External NAT"}],
    }
    if offer.instance_type.startswith(("a3-", "a4-", "g4-")):
        interface["nic_type"] = "GVNIC"
    instance: dict[str, object] = {
        "name": name,
        "machine_type": f"zones/{offer.zone}/machineTypes/{offer.instance_type}",
        "labels": marks,
        "tags": {"items": [name]},
        "scheduling": _scheduling(spec, now),
        "disks": [
            {
                "boot": True,
                "auto_delete": True,
                "initialize_params": {
                    "source_image": family_for(offer.gpu.type),
                    "disk_size_gb": spec.disk_gb,
                    "disk_type": f"zones/{offer.zone}/diskTypes/{disk_type}",
                    "labels": marks,
                },
            }
        ],
        "network_interfaces": [interface],
        "metadata": {"items": [{"key": key, "value": value} for key, value in _metadata(spec).items()]},
    }
    if offer.instance_type.startswith("n1-"):
        kind = f"projects/{project}/zones/{offer.zone}/acceleratorTypes/{GPUS[offer.gpu.type][0]}"
        instance["guest_accelerators"] = [{"accelerator_type": kind, "accelerator_count": offer.gpu.count}]
    return instance


def _scheduling(spec: InstanceSpec, now: datetime) -> dict[str, object]:
    """Google itself removes the machine when its time is over, even if nobody is there to ask for it."""
    scheduling: dict[str, object] = {
        "on_host_maintenance": "TERMINATE",
        "automatic_restart": False,
        "provisioning_model": "SPOT" if spec.offer.spot else "STANDARD",
    }
    if spec.expires_at:
        seconds = int((spec.expires_at - now).total_seconds())
        scheduling["max_run_duration"] = {"seconds": min(max(seconds, _SHORTEST), _LONGEST)}
    if spec.expires_at or spec.offer.spot:
        scheduling["instance_termination_action"] = "DELETE"
    return scheduling


def _metadata(spec: InstanceSpec) -> dict[str, str]:
    """Guest attributes are where the machine publishes its SSH host keys."""
    metadata = {
        "ssh-keys": f"{spec.user}:{spec.ssh_public_key.strip()}",
        "block-project-ssh-keys": "TRUE",
        "enable-oslogin": "FALSE",
        "enable-guest-attributes": "TRUE",
    }
    return metadata | ({"startup-script": spec.startup_script} if spec.startup_script else {})


def seen(found: sdk.Instance) -> Instance:
    """An instance as `instances.get` shows it."""
    labels = dict(found.labels)
    zone, machine_type = _last(found.zone), _last(found.machine_type)
    region, spot = prices.region_of(zone), found.scheduling.provisioning_model == "SPOT"
    machine = prices.machines().get((region, machine_type))
    attached = [
        Gpu(gpu_of_gcp(_last(one.accelerator_type)), int(one.accelerator_count)) for one in found.guest_accelerators
    ]
    gpu = attached[0] if attached else machine.gpu if machine and machine.gpu else Gpu("none", 0)
    expires = labels.get(names.EXPIRES, "")
    return Instance(
        ref=InstanceRef(
            name=labels.get(names.NAME, str(found.name)),
            launch_id=labels.get(names.LAUNCH_ID) or str(found.name).removeprefix(names.resource_name("")),
            region=region,
            zone=zone,
            id=str(found.id),
        ),
        provider="gcp",
        instance_type=machine_type,
        gpu=gpu,
        state=_STATES.get(str(found.status), State.PENDING),
        created_at=datetime.fromisoformat(str(found.creation_timestamp).replace("Z", "+00:00")),
        spot=spot,
        host=next((str(way.nat_i_p) for nic in found.network_interfaces for way in nic.access_configs), "") or None,
        ssh_port=int(labels.get(names.SSH_PORT, "22")),
        hourly=prices.hourly(region, machine_type, gpu, spot=spot),
        expires_at=datetime.fromtimestamp(int(expires), timezone.utc) if expires.isdigit() else None,
        owner=labels.get(names.OWNER),
    )


def _last(url: str) -> str:
    return str(url).rpartition("/")[2]
