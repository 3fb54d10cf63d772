"""Which permissions a request needs, on which resources; a user who lacks one is refused with 403."""

from __future__ import annotations

from collections.abc import Iterator

from cloudgpu.rehearsal.gce import permission_names as names
from cloudgpu.rehearsal.gce.catalogue import region_of
from cloudgpu.rehearsal.gce.errors import ApiError, OperationError
from cloudgpu.rehearsal.gce.settings import project_number
from cloudgpu.rehearsal.gce.state import Call, Cloud, Resource

ACT_AS = "iam.serviceAccounts.actAs"
_PLACES = ("project", "zone", "region")
Need = tuple[str, str]


def check(cloud: Cloud, call: Call) -> None:
    """ApiError that names every permission that is lacking."""
    known = cloud.settings.projects.get(call.project)
    if known is None or not known.denied:
        return
    lacking = [need for need in needed(cloud, call) if need[0] in known.denied]
    if lacking:
        said = [f"Required '{permission}' permission for '{path}'" for permission, path in lacking]
        raise ApiError(403, "forbidden", said[0], also=said[1:])


def needed(cloud: Cloud, call: Call) -> Iterator[Need]:
    """(permission, path of the resource), in the order in which they are looked at."""
    kind, verb = call.method.id.split(".")[1:]
    yield names.of_method(call.method.id), _path(call, kind, verb)
    if (kind, verb) == ("instances", "insert"):
        yield from _of_instance(call, _path(call, kind, verb))
    elif kind == "firewalls" and verb in ("insert", "patch", "delete"):
        yield names.UPDATE_POLICY, _network(cloud, call)
    elif (kind, verb) == ("images", "insert") and call.body.get("sourceDisk"):
        yield names.USE_DISK, _owned(call, call.body["sourceDisk"])
    elif (kind, verb) == ("disks", "createSnapshot"):
        yield names.MAKE_SNAPSHOT, f"projects/{call.project}/global/snapshots/{call.body.get('name', '')}"


def _path(call: Call, kind: str, verb: str) -> str:
    project = f"projects/{call.project}"
    if kind == "projects" or verb in ("list", "aggregatedList"):
        return project
    scopes = [f"{name}s/{call.path[name]}" for name in ("zone", "region") if name in call.path]
    if kind in ("zones", "regions"):
        return f"{project}/{scopes[0]}"
    named = [value for name, value in call.path.items() if name not in _PLACES]
    name = named[0] if named else call.body.get("name", "")
    family = "family/" if verb == "getFromFamily" else ""
    kind = "operations" if kind.endswith("Operations") else kind
    return "/".join((project, *(scopes or ["global"]), kind, family + name))


def _of_instance(call: Call, path: str) -> Iterator[Need]:
    zone = f"projects/{call.project}/zones/{call.path['zone']}"
    for number, disk in enumerate(call.body.get("disks", ())):
        params = disk.get("initializeParams", {})
        if params:
            default = call.body.get("name", "") if not number else f"{call.body.get('name', '')}-{number}"
            yield names.MAKE_DISK, f"{zone}/disks/{params.get('diskName') or default}"
        if image := params.get("sourceImage"):
            yield names.USE_IMAGE, _owned(call, image)
    for interface in call.body.get("networkInterfaces", ()):
        subnetwork = _subnetwork(call, interface)
        yield names.USE_SUBNETWORK, subnetwork
        if interface.get("accessConfigs"):
            yield names.USE_ADDRESS, subnetwork
    for field, setter in names.SETTERS.items():
        if call.body.get(field):
            yield setter, path


def _owned(call: Call, reference: str) -> str:
    """The path that a full or partial URL means."""
    path = reference.partition("/compute/v1/")[2] or reference
    return path if path.startswith("projects/") else f"projects/{call.project}/{path}"


def _subnetwork(call: Call, interface: Resource) -> str:
    if text := interface.get("subnetwork"):
        return _owned(call, text)
    name = interface.get("network", "default").rpartition("/")[2]
    return f"projects/{call.project}/regions/{region_of(call.path['zone'])}/subnetworks/{name}"


def _network(cloud: Cloud, call: Call) -> str:
    """That of the rule as it is asked for, or as it stands."""
    rule = cloud.firewalls.get((call.project, call.path.get("firewall", "")), {})
    return _owned(call, call.body.get("network") or rule.get("network") or "global/networks/default")


def act_as_refusal(cloud: Cloud, call: Call) -> OperationError | None:
    """What the operation of an insert ends with where its user may not lend the instance its service account."""
    known = cloud.settings.projects.get(call.project)
    if known is None or ACT_AS not in known.denied or not call.body.get("serviceAccounts"):
        return None
    account = f"{project_number(call.project)}-compute@developer.gserviceaccount.com"
    return OperationError(
        "SERVICE_ACCOUNT_ACCESS_DENIED",
        f"The user does not have access to service account '{account}'.  User: "
        f"'rehearsal@{call.project}.iam.gserviceaccount.com'.  Ask a project owner to grant you the "
        "iam.serviceAccountUser role on the service account",
        400,
    )
