"""`instances.insert`: everything that a request has to fulfil, then PROVISIONING, STAGING, RUNNING."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from cloudgpu.rehearsal.gce import (
    capacity,
    disks,
    flex,
    interfaces,
    lifecycle,
    operations,
    permissions,
    policies,
    quotas,
    stockouts,
)
from cloudgpu.rehearsal.gce.attached import Attachment, attachments
from cloudgpu.rehearsal.gce.catalogue import full_name, hourly_of_gpu, region_of
from cloudgpu.rehearsal.gce.errors import bad_request, exists, invalid
from cloudgpu.rehearsal.gce.fields import check_labels, check_metadata, check_name, check_tags
from cloudgpu.rehearsal.gce.instances import metadata
from cloudgpu.rehearsal.gce.links import fingerprint, link, new_id, now
from cloudgpu.rehearsal.gce.settings import project_number
from cloudgpu.rehearsal.gce.shapes import Shape, checked
from cloudgpu.rehearsal.gce.state import Call, Cloud, Machine, Resource

# what would have to be there, or to be done, and is not: better refused than passed over
_NOT_HERE = (
    "confidentialInstanceConfig",
    "instanceEncryptionKey",
    "networkPerformanceConfig",
    "resourcePolicies",
    "sourceMachineImage",
    "sourceMachineImageEncryptionKey",
    "workloadIdentityConfig",
)
_AS_GIVEN = ("description", "hostname", "minCpuPlatform", "reservationAffinity", "advancedMachineFeatures")


def insert(cloud: Cloud, call: Call) -> Resource:
    """Nothing is there after a refusal: neither the instance nor its disks."""
    for source in ("sourceInstanceTemplate", "sourceMachineImage"):
        if call.query.get(source):
            raise invalid(source, call.query[source], f"The referenced {source[6:]} resource cannot be found.")
    for name in _NOT_HERE:
        if call.body.get(name):
            raise invalid(f"resource.{name}", "", "This rehearsal of Compute Engine has nothing of that kind.")
    check_name(call.body["name"])
    check_labels(call.body.get("labels", {}))
    check_metadata(call.body.get("metadata", {}))
    check_tags(call.body.get("tags", {}).get("items", ()), "resource.tags.items")
    shape = checked(call)
    key = (call.project, call.path["zone"], call.body["name"])
    if key in cloud.machines:
        raise exists(cloud.machines[key].path)
    attached = attachments(cloud, call, shape)
    machine = _machine(cloud, call, shape, attached)
    made = [one.disk for one in attached if one.new]
    sources = [disk.resource["sourceImage"] for disk in made if "sourceImage" in disk.resource]
    policies.check_instance(cloud, machine, {source: disks.owner(source) for source in sources})
    target = (machine.path, machine.id)
    refused = (
        permissions.act_as_refusal(cloud, call)
        or interfaces.exhaustion(cloud, machine.resource["networkInterfaces"])
        or quotas.refusal(cloud, call.project, machine, made)
    )
    if refused:
        nothing = operations.Work(finish=lambda: None)
        return operations.begin(cloud, replace(call, failure=refused), "insert", target, nothing).resource
    rule = None if flex.patience(call) else capacity.dry(cloud, machine)
    if rule and not call.failure:
        return stockouts.insert(cloud, call, machine, rule)
    cloud.machines[key] = machine
    for disk in made:
        disks.add(cloud, disk)

    def vanish() -> None:
        with cloud.lock:
            cloud.machines.pop(key, None)
            for disk in made:
                disks.remove(cloud, disk)

    work = lifecycle.coming_up(cloud, machine, vanish, patience=flex.patience(call))
    machine.tail = operations.begin(cloud, call, "insert", target, work)
    return machine.tail.resource


def _machine(cloud: Cloud, call: Call, shape: Shape, attached: list[Attachment]) -> Machine:
    region, count = region_of(call.path["zone"]), shape.gpu_count
    hourly = shape.machine_type.hourly_spot if shape.spot else shape.machine_type.hourly
    gpus = hourly_of_gpu(shape.accelerator, region, shape.spot) * count if shape.attached else Decimal(0)
    return Machine(
        project=call.project,
        zone=call.path["zone"],
        resource=_resource(cloud, call, shape, attached),
        gpus=(full_name(shape.accelerator),) * count,
        accelerator=shape.accelerator,
        spot=shape.spot,
        vcpus=shape.machine_type.vcpus,
        local_ssd=bool(shape.machine_type.local_ssd_gb),
        hourly=hourly + gpus,
        common=policies.common_metadata(cloud, call.project),
    )


def _resource(cloud: Cloud, call: Call, shape: Shape, attached: list[Attachment]) -> Resource:
    body, zone = call.body, f"projects/{call.project}/zones/{call.path['zone']}"
    labels, tags = body.get("labels", {}), body.get("tags", {}).get("items", [])
    resource = {
        "kind": "compute#instance",
        "id": new_id(),
        "creationTimestamp": now(),
        "name": body["name"],
        **{name: body[name] for name in _AS_GIVEN if name in body},
        "tags": {"items": tags, "fingerprint": fingerprint(tags)} if tags else {"fingerprint": fingerprint(tags)},
        "machineType": link(f"{zone}/machineTypes/{shape.machine_type.name}"),
        "zone": link(zone),
        "canIpForward": body.get("canIpForward", False),
        "networkInterfaces": interfaces.settled(cloud, call, shape.machine_type),
        "disks": [one.entry for one in attached],
        "metadata": metadata(body.get("metadata", {}).get("items", [])),
        "serviceAccounts": _accounts(call.project, body.get("serviceAccounts", [])),
        "selfLink": link(f"{zone}/instances/{body['name']}"),
        "scheduling": shape.scheduling,
        "cpuPlatform": "Intel Skylake",
        "labels": dict(labels),
        "labelFingerprint": fingerprint(sorted(labels.items())),
        "startRestricted": False,
        "deletionProtection": body.get("deletionProtection", False),
        "shieldedInstanceConfig": {
            "enableSecureBoot": False,
            "enableVtpm": True,
            "enableIntegrityMonitoring": True,
            **body.get("shieldedInstanceConfig", {}),
        },
        "fingerprint": fingerprint(body),
    }
    if shape.accelerator:
        kind = link(f"{zone}/acceleratorTypes/{shape.accelerator}")
        resource["guestAccelerators"] = [{"acceleratorType": kind, "acceleratorCount": shape.gpu_count}]
    return resource


def _accounts(project: str, wanted: list[Resource]) -> list[Resource]:
    """At most one, and the only one that there is: the project's default."""
    field = "resource.serviceAccounts"
    own = f"{project_number(project)}-compute@developer.gserviceaccount.com"
    if len(wanted) > 1:
        raise invalid(field, "", "At most one service account can be specified.")
    for one in wanted:
        if one.get("email", "default") not in ("default", own):
            raise bad_request(f"The resource '{one['email']}' of type 'serviceAccount' was not found.")
    return [{**one, "email": own} for one in wanted]
