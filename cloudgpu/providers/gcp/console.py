"""What a machine says through Google's own channels: its SSH host keys and its serial console."""

from __future__ import annotations

from collections.abc import Sequence

from cloudgpu.errors import NotFoundError, PermissionError_, ProviderError
from cloudgpu.model import InstanceRef
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.refusals import NOT_READY
from cloudgpu.providers.gcp.session import Session
from cloudgpu.rules.names import resource_name

_NEWEST = 256 * 1024


def host_keys(session: Session, ref: InstanceRef) -> Sequence[str]:
    """As `protocols.HasHostKeys`: what the guest agent wrote into the guest attributes at the first boot.

    PermissionError_, PolicyError among them, where the project does not let them be read.
    """
    try:
        found = session.read(
            session.client(sdk.InstancesClient).get_guest_attributes,
            zone=ref.zone,
            instance=resource_name(ref.launch_id),
            query_path="hostkeys/",
        )
    except NotFoundError:
        return ()
    except ProviderError as error:
        if error.code not in NOT_READY:
            raise
        return ()
    return tuple(f"{item.key} {item.value}" for item in found.query_value.items)


def text(session: Session, ref: InstanceRef) -> str:
    """As `protocols.HasConsole`: the last 256 KiB of the first serial port; nothing where it may not be read."""
    try:
        found = session.read(
            session.client(sdk.InstancesClient).get_serial_port_output,
            zone=ref.zone,
            instance=resource_name(ref.launch_id),
            port=1,
            start=-_NEWEST,
        )
    except (NotFoundError, PermissionError_):
        return ""
    except ProviderError as error:
        if error.code not in NOT_READY:
            raise
        return ""
    return str(found.contents)
