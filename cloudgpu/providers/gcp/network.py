"""Who may reach the machine: SSH from the caller's address, and nothing else of ours."""

from __future__ import annotations

from cloudgpu.errors import ProviderError
from cloudgpu.model import InstanceSpec
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.operations import insist
from cloudgpu.providers.gcp.refusals import EXISTS
from cloudgpu.providers.gcp.session import Session
from cloudgpu.rules.names import resource_name

NETWORK = "global/networks/default"


def rule_name(launch_id: str) -> str:
    return resource_name(launch_id, "ssh")


def open_ssh(session: Session, spec: InstanceSpec) -> sdk.Operation | None:
    """Begin to let `caller_cidr` in at port 22; the operation, or None where the rule is there already.

    A rule of this launch for another address, from where the caller was before, is changed to this one.
    """
    client = session.client(sdk.FirewallsClient)
    rule = {
        "name": rule_name(spec.launch_id),
        "description": f"cloudgpu: SSH for launch {spec.launch_id}",
        "network": NETWORK,
        "direction": "INGRESS",
        "priority": 1000,
        "allowed": [{"I_p_protocol": "tcp", "ports": ["22"]}],
        "source_ranges": [spec.caller_cidr],
        "target_tags": [resource_name(spec.launch_id)],
    }
    try:
        return insist(lambda: session.write(client.insert_unary, firewall_resource=rule))
    except ProviderError as error:
        if error.code not in EXISTS:
            raise
    if list(session.read(client.get, firewall=rule["name"]).source_ranges) == [spec.caller_cidr]:
        return None
    return insist(lambda: session.write(client.patch_unary, firewall=rule["name"], firewall_resource=rule))
