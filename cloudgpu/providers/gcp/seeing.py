"""An instance of Compute Engine in our nouns. A project may have a thousand, so each field is read once and plainly."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from cloudgpu.model import Gpu, Instance, InstanceRef, State
from cloudgpu.providers.gcp import prices, sdk
from cloudgpu.rules import names
from cloudgpu.rules.catalog import gpu_of_gcp

_SSH, _SLACK = 22, timedelta(minutes=1)
_FRACTION = re.compile(r"\.\d+")  # of a second: Python 3.10 reads three digits or six, and no others
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


def seen(found: sdk.Instance) -> Instance:
    """An instance as `instances.get` shows it."""
    raw: Any = sdk.Instance.pb(found)  # whose fields cost a tenth of those of the wrapper around it
    labels = dict(raw.labels)
    zone, machine_type = _last(raw.zone), _last(raw.machine_type)
    region, model = prices.region_of(zone), raw.scheduling.provisioning_model
    gpu = _gpu(raw, region, machine_type)
    expires = _expires_at(raw, labels.get(names.EXPIRES, ""), flex=model == "FLEX_START")
    return Instance(
        ref=InstanceRef(
            name=labels.get(names.NAME, raw.name),
            launch_id=labels.get(names.LAUNCH_ID) or raw.name.removeprefix(names.resource_name("")),
            region=region,
            zone=zone,
            id=str(raw.id),
        ),
        provider="gcp",
        instance_type=machine_type,
        gpu=gpu,
        state=_STATES.get(raw.status, State.PENDING),
        created_at=_moment(raw.creation_timestamp) or datetime.now(timezone.utc),
        spot=model == "SPOT",
        host=next((way.nat_i_p for nic in raw.network_interfaces for way in nic.access_configs), "") or None,
        ssh_port=_number(labels.get(names.SSH_PORT, "")) or _SSH,
        hourly=prices.hourly(region, machine_type, gpu, spot=model == "SPOT"),
        expires_at=expires,
        owner=labels.get(names.OWNER),
    )


def _gpu(raw: Any, region: str, machine_type: str) -> Gpu:
    """Those that the cloud names, else those that are known to be part of the machine type."""
    for one in raw.guest_accelerators:
        return Gpu(gpu_of_gcp(_last(one.accelerator_type)), one.accelerator_count)
    machine = prices.machines().get((region, machine_type))
    return machine.gpu if machine and machine.gpu else Gpu("none", 0)


def _expires_at(raw: Any, label: str, *, flex: bool) -> datetime | None:
    """What the label says, or Google where its own limit comes well before. A Flex-start machine's end is known only
    when it has begun."""
    ends, told = _moment(raw.resource_status.scheduling.termination_timestamp), _seconds(label)
    return ends if ends and (flex or told is None or ends < told - _SLACK) else told


def _seconds(label: str) -> datetime | None:
    """None for `never`, and for what somebody else has written there."""
    number = _number(label)
    try:
        return None if number is None else datetime.fromtimestamp(number, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _moment(text: str) -> datetime | None:
    """None for what is none."""
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(lambda found: f"{found[0]:0<7.7}", text.replace("Z", "+00:00")))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _last(url: str) -> str:
    return url.rpartition("/")[2]
