"""Who may reach the machine: SSH from the caller's address, and nothing else of ours."""

from __future__ import annotations

from cloudgpu.errors import NotFoundError, ProviderError
from cloudgpu.model import InstanceSpec
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.network import path, shared_by
from cloudgpu.providers.gcp.operations import finish, insist
from cloudgpu.providers.gcp.refusals import EXISTS
from cloudgpu.providers.gcp.session import Session
from cloudgpu.rules.names import resource_name


def rule_name(launch_id: str) -> str:
    return resource_name(launch_id, "ssh")


class Doors:
    """The rules of an account's launches. One is asked for once, serves every zone that the launch tries, and is waited
    for only when a machine is there that needs it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._begun: dict[str, tuple[tuple[str, str], sdk.Operation | None]] = {}

    def open(self, spec: InstanceSpec) -> None:
        """Begin to let `caller_cidr` in at port 22 of the launch's machine. In a network that another project shares
        only that project makes rules."""
        if shared_by(spec.network) not in ("", self._session.project):
            self._begun[spec.launch_id] = ("", ""), None
            return
        wanted = (spec.caller_cidr, path(spec.network))
        if self._begun.get(spec.launch_id, ((), None))[0] != wanted:
            self._begun[spec.launch_id] = wanted, self._ask(spec)

    def wait(self, launch_id: str) -> None:
        """Until the rule is there."""
        wanted, operation = self._begun.pop(launch_id)
        if operation is not None:
            finish(self._session, operation)
        self._begun[launch_id] = wanted, None

    def admit(self, launch_id: str, cidr: str) -> None:
        """Let the caller in from where it is now, where the launch has a rule."""
        client = self._session.client(sdk.FirewallsClient)
        name = rule_name(launch_id)
        try:
            found = self._session.read(client.get, firewall=name)
        except NotFoundError:
            return
        if list(found.source_ranges) != [cidr]:
            change = {"name": name, "source_ranges": [cidr]}
            patch = client.patch_unary
            finish(
                self._session,
                insist(lambda: self._session.write(patch, firewall=name, firewall_resource=change)),
            )

    def forget(self, launch_id: str) -> None:
        """The rule is gone, or going."""
        self._begun.pop(launch_id, None)

    def _ask(self, spec: InstanceSpec) -> sdk.Operation | None:
        """The operation; None where the rule is there already.

        A rule of this launch for another address, from where the caller was before, is changed to this one; one in
        another network is made anew.
        """
        client = self._session.client(sdk.FirewallsClient)
        rule = _rule(spec)
        try:
            return self._insert(rule)
        except ProviderError as error:
            if error.code not in EXISTS:
                raise
        found = self._session.read(client.get, firewall=rule["name"])
        if not str(found.network).endswith(path(spec.network)):
            delete = client.delete_unary
            finish(self._session, insist(lambda: self._session.write(delete, firewall=rule["name"])))
            return self._insert(rule)
        if list(found.source_ranges) == [spec.caller_cidr]:
            return None
        return insist(lambda: self._session.write(client.patch_unary, firewall=rule["name"], firewall_resource=rule))

    def _insert(self, rule: dict[str, object]) -> sdk.Operation:
        insert = self._session.client(sdk.FirewallsClient).insert_unary
        return insist(lambda: self._session.write(insert, firewall_resource=rule))


def _rule(spec: InstanceSpec) -> dict[str, object]:
    return {
        "name": rule_name(spec.launch_id),
        "description": f"cloudgpu: SSH for launch {spec.launch_id}",
        "network": path(spec.network),
        "direction": "INGRESS",
        "priority": 1000,
        "allowed": [{"I_p_protocol": "tcp", "ports": ["22"]}],
        "source_ranges": [spec.caller_cidr],
        "target_tags": [resource_name(spec.launch_id)],
    }
