"""What a machine says through Google's own channels: its SSH host keys and its serial console."""

from __future__ import annotations

from collections.abc import Sequence

from cloudgpu.errors import NotFoundError
from cloudgpu.model import InstanceRef
from cloudgpu.providers.gcp.sdk import InstancesClient
from cloudgpu.providers.gcp.session import Session
from cloudgpu.rules.names import resource_name

_NEWEST = 256 * 1024


def host_keys(session: Session, ref: InstanceRef) -> Sequence[str]:
    """As `protocols.HasHostKeys`: what the guest agent wrote into the guest attributes at the first boot."""
    try:
        found = session.read(
            session.client(InstancesClient).get_guest_attributes,
            zone=ref.zone,
            instance=resource_name(ref.launch_id),
            query_path="hostkeys/",
        )
    except NotFoundError:
        return ()
    return tuple(f"{item.key} {item.value}" for item in found.query_value.items)


def text(session: Session, ref: InstanceRef) -> str:
    """As `protocols.HasConsole`: the last 256 KiB of the first serial port."""
    try:
        found = session.read(
            session.client(InstancesClient).get_serial_port_output,
            zone=ref.zone,
            instance=resource_name(ref.launch_id),
            port=1,
            start=-_NEWEST,
        )
    except NotFoundError:
        return ""
    return str(found.contents)
