"""The machine behind an instance: how it boots, when it can be reached, and what it lets its cloud know."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from cloudgpu.rehearsal.gce.errors import ApiError, invalid
from cloudgpu.rehearsal.gce.links import fingerprint, link
from cloudgpu.rehearsal.gce.settings import project_number
from cloudgpu.rehearsal.gce.state import Cloud, Machine, Resource
from cloudgpu.rehearsal.world import Brings, Door, GuestSpec, HasDisks, Identity

SSH_PORT_LABEL = "cloudgpu-ssh-port"
_BUFFER_BYTES = 1 << 20
_KEY_FIELDS = 2

_BRINGS: Mapping[str, Brings] = {"deeplearning-platform-release": "everything", "ubuntu-os-cloud": "nothing"}


def spec(machine: Machine, identity: Identity) -> GuestSpec:
    metadata = machine.metadata()
    user, keys = ssh_keys(metadata)
    return GuestSpec(
        id=machine.guest_id,
        hostname=machine.name,
        user=user,
        authorized_keys=keys,
        gpus=machine.gpus,
        startup_script=metadata.get("startup-script", ""),
        identity=identity,
    )


def identity(cloud: Cloud, machine: Machine, powered_off: Callable[[], None]) -> Identity:
    """What the metadata server tells it. Call without the lock."""
    with cloud.lock:
        image = next((one for disk in machine.resource["disks"] if (one := _image(cloud, disk["source"]))), "")
    facts = {
        "id": machine.id,
        "image": image.partition("/v1/")[2],
        "project": machine.project,
        "project-number": str(project_number(machine.project)),
        "type": machine.resource["machineType"].rpartition("/")[2],
        "zone": machine.zone,
    }
    brings: Brings = next((what for project, what in _BRINGS.items() if f"/{project}/" in image), "driver")
    return Identity("gcp", facts, powered_off, attributes=machine.metadata, brings=brings)


def _image(cloud: Cloud, source: str) -> str:
    """The link of the image that a disk was made of."""
    return next(
        (
            str(one.resource.get("sourceImage", ""))
            for one in cloud.disks.values()
            if one.resource["selfLink"] == source
        ),
        "",
    )


def ssh_keys(metadata: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The first user of `ssh-keys` with all its keys that have not expired. OS Login makes the guest agent ignore them,
    and it passes over a line that is not USER:KEY."""
    user, keys = "", []
    oslogin = metadata.get("enable-oslogin", "").upper() == "TRUE"
    for line in () if oslogin else metadata.get("ssh-keys", "").splitlines():
        name, _, key = line.strip().partition(":")
        if name and " " not in name and len(key.split()) >= _KEY_FIELDS and not _expired(key):
            user = user or name
            if name == user:
                keys.append(key)
    return user, tuple(keys)


def _host_keys(cloud: Cloud, machine: Machine) -> dict[str, str]:
    """By their kind: what its agent has published, or stands for that."""
    if isinstance(guests := cloud.world.guests, HasDisks):
        told = guests.published(machine.guest_id)
        return {name.removeprefix("hostkeys/"): one for name, one in told.items() if name.startswith("hostkeys/")}
    opened = door(cloud, machine)
    return dict(line.split()[:_KEY_FIELDS] for line in (opened.host_keys if opened else ()))


def _expired(key: str) -> bool:
    _, mark, extra = key.partition(" google-ssh ")
    if not mark:
        return False
    try:
        until = str(json.loads(extra)["expireOn"])
        moment = datetime.strptime(until, "%Y-%m-%dT%H:%M:%S%z")
    except (ValueError, KeyError, TypeError):
        return True
    return moment <= datetime.now(timezone.utc)


def door(cloud: Cloud, machine: Machine) -> Door | None:
    """Where it can be reached, once it can. The first time, a port other than 22 is put on a label: an instance has
    no other place for it. Call with the lock held."""
    found = cloud.world.guests.door(machine.guest_id) if machine.status == "RUNNING" else None
    if found and not machine.port_told:
        machine.port_told = True
        if found.port != 22:
            set_labels(machine, {**machine.resource.get("labels", {}), SSH_PORT_LABEL: str(found.port)})
    return found


def set_labels(machine: Machine, labels: Mapping[str, str]) -> None:
    machine.resource["labels"] = dict(labels)
    machine.resource["labelFingerprint"] = fingerprint(sorted(labels.items()))


def serial_output(cloud: Cloud, machine: Machine, port: int, start: int) -> Resource:
    """The last MiB of the console from byte `start` on; a negative one counts from the end. Ports 2 to 4 are mute."""
    written = cloud.world.guests.console(machine.guest_id).encode() if port == 1 and machine.boots else b""
    oldest = max(0, len(written) - _BUFFER_BYTES)
    begin = len(written) + start if start < 0 else start
    begin = min(max(begin, oldest), len(written))
    return {
        "kind": "compute#serialPortOutput",
        "selfLink": link(f"{machine.path}/serialPort"),
        "contents": written[begin:].decode(errors="replace"),
        "start": str(begin),
        "next": str(len(written)),
    }


def attributes(cloud: Cloud, machine: Machine, query: str, key: str) -> Resource:
    """What the guest has published: `hostkeys/`, once its door is open, if the metadata allow it. ApiError 404."""
    enabled = machine.metadata().get("enable-guest-attributes", "").upper() == "TRUE"
    known = _host_keys(cloud, machine) if enabled else {}
    if not query and not key:
        raise invalid("queryPath", "", "Exactly one of queryPath and variableKey must be specified.")
    namespace, _, name = (query or key).partition("/")
    items = [
        {"namespace": namespace, "key": one, "value": value}
        for one, value in sorted(known.items())
        if namespace == "hostkeys" and name in ("", one)
    ]
    if not items:
        message = f"The resource '{query or key}' of type 'Guest Attribute' was not found."
        raise ApiError(404, "notFound", message)
    answer: Resource = {"kind": "compute#guestAttributes", "selfLink": link(f"{machine.path}/guestAttributes/")}
    if key:
        return {**answer, "variableKey": key, "variableValue": items[0]["value"]}
    return {**answer, "queryPath": query, "queryValue": {"items": items}}
