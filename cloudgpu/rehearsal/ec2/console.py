"""GetConsoleOutput: what the guest wrote, the newest 64 KB of it."""

from __future__ import annotations

import base64
import time
from datetime import datetime, timezone

from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.lifecycle import unknown
from cloudgpu.rehearsal.ec2.wire import Answer

_MOST_BYTES = 64 * 1024


def get_output(cloud: Cloud, call: Call) -> Answer:
    """With `Latest` from the boot on, as far behind as it is set; without, only some minutes after the door has opened,
    as EC2 buffers it."""
    instance_id = call.params["InstanceId"]
    machine = cloud.machines.get(instance_id)
    if machine is None or machine.ec2 is not call.ec2:
        raise unknown([instance_id])
    if call.params.get("DryRun"):
        raise Refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    latest = call.params.get("Latest", False)
    if latest and cloud.engine.instance_types[machine.instance.instance_type].get("Hypervisor") != "nitro":
        raise Refused("UnsupportedOperation", "This instance type does not support retrieving the latest console logs.")
    moment, said = time.monotonic(), cloud.world.guests.console(machine.guest.id)
    text = ""
    if latest:
        text = _as_it_was(machine.said, moment, said, cloud.settings.latest_lag_seconds)
    elif machine.door and moment - machine.opened_at >= cloud.settings.console_lag_seconds:
        text = said
    output = base64.b64encode(text.encode()[-_MOST_BYTES:]).decode()
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return cloud.engine.tell(call.action, {"InstanceId": instance_id, "Timestamp": now, "Output": output})


def _as_it_was(earlier: list[tuple[float, str]], moment: float, said: str, lag: float) -> str:
    """What stood there `lag` seconds before; `earlier` is what was seen when it was asked for, and is kept up."""
    earlier.append((moment, said))
    old = [n for n, (when, _) in enumerate(earlier) if when <= moment - lag]
    del earlier[: old[-1] if old else 0]
    return earlier[0][1] if old else ""
