"""GetConsoleOutput: what the guest wrote, the newest 64 KB of it."""

from __future__ import annotations

import base64
import time
from datetime import datetime, timezone

from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.lifecycle import unknown
from cloudgpu.rehearsal.ec2.wire import Answer
from cloudgpu.rehearsal.world import HasDisks

_MOST_BYTES = 64 * 1024


def get_output(cloud: Cloud, call: Call) -> Answer:
    """With `Latest` from the moment the door is open; without, only some minutes later, as EC2 buffers it."""
    instance_id = call.params["InstanceId"]
    machine = cloud.machines.get(instance_id)
    if machine is None or machine.ec2 is not call.ec2:
        raise unknown([instance_id])
    if call.params.get("DryRun"):
        raise Refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    latest = call.params.get("Latest", False)
    if latest and cloud.engine.instance_types[machine.instance.instance_type].get("Hypervisor") != "nitro":
        raise Refused("UnsupportedOperation", "This instance type does not support retrieving the latest console logs.")
    since_open = time.monotonic() - machine.opened_at if machine.door else 0.0
    text = ""
    lagging = since_open < cloud.settings.console_lag_seconds and not latest
    if not lagging and (machine.door or isinstance(cloud.world.guests, HasDisks)):
        text = cloud.world.guests.console(machine.guest.id)
    output = base64.b64encode(text.encode()[-_MOST_BYTES:]).decode()
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return cloud.engine.tell(call.action, {"InstanceId": instance_id, "Timestamp": now, "Output": output})
