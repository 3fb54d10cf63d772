"""Firewall rules. They are kept and told of; packets on this computer's loopback are not filtered by them."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from dataclasses import replace

from cloudgpu.rehearsal.gce import operations, quotas, vpc
from cloudgpu.rehearsal.gce.errors import exists, invalid, not_found
from cloudgpu.rehearsal.gce.fields import check_name, check_tags
from cloudgpu.rehearsal.gce.links import link, new_id, now, reference
from cloudgpu.rehearsal.gce.state import Call, Cloud, Resource

_PROTOCOLS = frozenset({"tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip", "all"})
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


def _path(project: str, name: str) -> str:
    return f"projects/{project}/global/firewalls/{name}"


def _checked(cloud: Cloud, call: Call, rule: Resource) -> Resource:
    """The rule with its defaults. ApiError for one that is of no use."""
    check_name(rule["name"])
    text = rule.get("network") or f"global/networks/{vpc.DEFAULT}"
    network = vpc.referenced(cloud, text, "resource.network", call.project)
    if network is None:
        owner, _, name = reference(text, "networks", "resource.network", call.project)
        if owner != call.project:
            why = "Cross project referencing is not allowed for this resource."
            raise invalid("resource.network", text, why)
        raise not_found(f"projects/{owner}/global/networks/{name}")
    ingress = rule.get("direction", "INGRESS") == "INGRESS"
    if bool(rule.get("allowed")) == bool(rule.get("denied")):
        raise invalid("resource.allowed", "", "Exactly one of allowed and denied must be specified.")
    for kind in ("allowed", "denied"):
        for number, one in enumerate(rule.get(kind, ())):
            _check_protocol(one, f"resource.{kind}[{number}]")
    for kind in ("sourceRanges", "destinationRanges"):
        for number, cidr in enumerate(rule.get(kind, ())):
            _check_range(cidr, f"resource.{kind}[{number}]")
    for kind in ("sourceTags", "targetTags"):
        check_tags(rule.get(kind, ()), f"resource.{kind}")
    if not 0 <= rule.get("priority", 1000) <= 65535:
        raise invalid("resource.priority", rule["priority"], "Must be between 0 and 65535")
    if not ingress and (rule.get("sourceRanges") or rule.get("sourceTags")):
        raise invalid("resource.sourceRanges", "", "Source ranges and tags are for INGRESS rules only.")
    anywhere = ingress and not any(rule.get(kind) for kind in ("sourceRanges", "sourceTags", "sourceServiceAccounts"))
    return {
        "direction": "INGRESS",
        "priority": 1000,
        "disabled": False,
        "logConfig": {"enable": False},
        **({"sourceRanges": ["0.0.0.0/0"]} if anywhere else {}),
        **rule,
        "network": link(network.path),
    }


def _check_protocol(one: Resource, field: str) -> None:
    protocol = one.get("IPProtocol", "")
    number = protocol.isdigit() and int(protocol) <= 255
    if protocol.lower() not in _PROTOCOLS and not number:
        raise invalid(f"{field}.IPProtocol", protocol, "Must be a well known protocol or an IP protocol number.")
    for place, ports in enumerate(one.get("ports", ())):
        found = _PORTS.fullmatch(ports)
        ends = [int(end) for end in found.groups() if end] if found else []
        if not ends or max(ends) > 65535 or ends != sorted(ends):
            raise invalid(f"{field}.ports[{place}]", ports, "Must be a valid port or port range.")


def _check_range(cidr: str, field: str) -> None:
    try:
        ipaddress.ip_network(cidr)
    except ValueError:
        raise invalid(field, cidr, "Must be a valid CIDR address range.") from None


def insert(cloud: Cloud, call: Call) -> Resource:
    rule = _checked(cloud, call, call.body)
    name = rule["name"]
    if (call.project, name) in cloud.firewalls:
        raise exists(_path(call.project, name))
    path, id = _path(call.project, name), new_id()
    fixed = {"kind": "compute#firewall", "id": id, "creationTimestamp": now(), "selfLink": link(path)}
    refused = quotas.beyond(cloud, call.project, Counter({("FIREWALLS", ""): 1}))
    if not refused:
        cloud.firewalls[(call.project, name)] = {**rule, **fixed}
    call = replace(call, failure=refused or call.failure)
    work = operations.Work(finish=lambda: None, undo=lambda: _forget(cloud, call.project, name))
    return operations.begin(cloud, call, "insert", (path, id), work).resource


def patch(cloud: Cloud, call: Call) -> Resource:
    rule = _find(cloud, call)
    if call.body["name"] != rule["name"]:
        raise invalid("resource.name", call.body["name"], "The name of a firewall cannot be changed.")
    changed = {**rule, **_checked(cloud, call, {**rule, **call.body})}

    def finish() -> None:
        with cloud.lock:
            if (call.project, rule["name"]) in cloud.firewalls:
                cloud.firewalls[(call.project, rule["name"])] = changed

    target = (_path(call.project, rule["name"]), rule["id"])
    return operations.begin(cloud, call, "patch", target, operations.Work(finish=finish)).resource


def delete(cloud: Cloud, call: Call) -> Resource:
    rule = _find(cloud, call)
    work = operations.Work(finish=lambda: _forget(cloud, call.project, rule["name"]))
    return operations.begin(cloud, call, "delete", (_path(call.project, rule["name"]), rule["id"]), work).resource


def _forget(cloud: Cloud, project: str, name: str) -> None:
    with cloud.lock:
        cloud.firewalls.pop((project, name), None)


def _find(cloud: Cloud, call: Call) -> Resource:
    for (project, name), rule in cloud.firewalls.items():
        if project == call.project and call.path["firewall"] in (name, rule["id"]):
            return rule
    raise not_found(_path(call.project, call.path["firewall"]))


def get(cloud: Cloud, call: Call) -> Resource:
    return dict(_find(cloud, call))


def listed(cloud: Cloud, call: Call) -> list[Resource]:
    return [dict(rule) for (project, _), rule in cloud.firewalls.items() if project == call.project]
