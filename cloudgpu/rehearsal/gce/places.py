"""The shop window: projects, regions, zones, machine types, accelerator types, disk types."""

from __future__ import annotations

from cloudgpu.rehearsal.gce import catalogue, policies, quotas
from cloudgpu.rehearsal.gce.catalogue import MachineType, region_of
from cloudgpu.rehearsal.gce.errors import not_found
from cloudgpu.rehearsal.gce.links import fingerprint, link, stable_id
from cloudgpu.rehearsal.gce.settings import project_number
from cloudgpu.rehearsal.gce.state import Call, Cloud, Resource

_SINCE = "2026-01-05T00:00:00.000-08:00"
_LOCAL_SSD_GB = 375


def _known(kind: str, path: str) -> Resource:
    name = path.rpartition("/")[2]
    known = {"kind": f"compute#{kind}", "id": stable_id(path), "name": name, "selfLink": link(path)}
    return {**known, "creationTimestamp": _SINCE}


def project(cloud: Cloud, call: Call) -> Resource:
    common = [{"key": key, "value": value} for key, value in policies.common_metadata(cloud, call.project).items()]
    return {
        **_known("project", f"projects/{call.project}"),
        "id": project_number(call.project),
        "commonInstanceMetadata": {"kind": "compute#metadata", "fingerprint": fingerprint(common), "items": common},
        "quotas": quotas.listed(cloud, call.project),
        "defaultServiceAccount": f"{project_number(call.project)}-compute@developer.gserviceaccount.com",
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
        "defaultNetworkTier": "PREMIUM",
        "vmDnsSetting": "ZONAL_ONLY",
    }


def region(cloud: Cloud, call: Call) -> Resource:
    if call.path["region"] not in catalogue.regions():
        raise not_found(f"projects/{call.project}/regions/{call.path['region']}")
    return _region(cloud, call.project, call.path["region"])


def regions(cloud: Cloud, call: Call) -> list[Resource]:
    in_use = quotas.usage(cloud, call.project)
    return [_region(cloud, call.project, name, in_use) for name in catalogue.regions()]


def _region(cloud: Cloud, project: str, name: str, in_use: quotas.Draw | None = None) -> Resource:
    zones = [link(f"projects/{project}/zones/{zone}") for zone in catalogue.zones() if region_of(zone) == name]
    return {
        **_known("region", f"projects/{project}/regions/{name}"),
        "description": name,
        "status": "UP",
        "zones": zones,
        "quotas": quotas.listed(cloud, project, name, in_use),
    }


def zone(_cloud: Cloud, call: Call) -> Resource:
    if call.path["zone"] not in catalogue.zones():
        raise not_found(f"projects/{call.project}/zones/{call.path['zone']}")
    return _zone(call.project, call.path["zone"])


def zones(_cloud: Cloud, call: Call) -> list[Resource]:
    return [_zone(call.project, name) for name in catalogue.zones()]


def _zone(project: str, name: str) -> Resource:
    known = _known("zone", f"projects/{project}/zones/{name}")
    return {
        **known,
        "description": name,
        "status": "UP",
        "region": link(f"projects/{project}/regions/{region_of(name)}"),
    }


def machine_type(_cloud: Cloud, call: Call) -> Resource:
    zone, name = call.path["zone"], call.path["machineType"]
    for one in catalogue.machine_types()[zone].values():
        resource = _machine_type(call.project, zone, one)
        if name in (one.name, resource["id"]):
            return resource
    raise not_found(f"projects/{call.project}/zones/{zone}/machineTypes/{name}")


def machine_types(_cloud: Cloud, call: Call) -> list[Resource]:
    zone = call.path["zone"]
    return [_machine_type(call.project, zone, one) for one in catalogue.machine_types()[zone].values()]


def all_machine_types(_cloud: Cloud, call: Call) -> list[tuple[str, Resource]]:
    shelf = catalogue.machine_types()
    return [(f"zones/{zone}", _machine_type(call.project, zone, one)) for zone in shelf for one in shelf[zone].values()]


def _machine_type(project: str, zone: str, one: MachineType) -> Resource:
    resource = {
        **_known("machineType", f"projects/{project}/zones/{zone}/machineTypes/{one.name}"),
        "description": f"{one.vcpus} vCPUs {one.memory_mb / 1024:g} GB RAM",
        "guestCpus": one.vcpus,
        "memoryMb": one.memory_mb,
        "imageSpaceGb": 0,
        "maximumPersistentDisks": 128,
        "maximumPersistentDisksSizeGb": "263168",
        "zone": zone,
        "isSharedCpu": False,
        "architecture": one.architecture,
    }
    if one.accelerator:
        gpus = {"guestAcceleratorType": one.accelerator, "guestAcceleratorCount": one.gpu_count}
        resource["accelerators"] = [gpus]
    if one.local_ssd_gb:
        count = one.local_ssd_gb // _LOCAL_SSD_GB
        resource["bundledLocalSsds"] = {"defaultInterface": "NVME", "partitionCount": count}
    return resource


def accelerator_type(_cloud: Cloud, call: Call) -> Resource:
    zone, name = call.path["zone"], call.path["acceleratorType"]
    if name not in catalogue.accelerators()[zone]:
        raise not_found(f"projects/{call.project}/zones/{zone}/acceleratorTypes/{name}")
    return _accelerator(call.project, zone, name)


def accelerator_types(_cloud: Cloud, call: Call) -> list[Resource]:
    zone = call.path["zone"]
    return [_accelerator(call.project, zone, name) for name in catalogue.accelerators()[zone]]


def all_accelerator_types(_cloud: Cloud, call: Call) -> list[tuple[str, Resource]]:
    offered = catalogue.accelerators()
    return [(f"zones/{zone}", _accelerator(call.project, zone, name)) for zone in offered for name in offered[zone]]


def _accelerator(project: str, zone: str, name: str) -> Resource:
    counts = catalogue.ATTACHABLE.get(name, {})
    return {
        **_known("acceleratorType", f"projects/{project}/zones/{zone}/acceleratorTypes/{name}"),
        "description": catalogue.full_name(name),
        "zone": link(f"projects/{project}/zones/{zone}"),
        "maximumCardsPerInstance": max(counts, default=16 if name == "nvidia-tesla-a100" else 8),
    }


def disk_type(_cloud: Cloud, call: Call) -> Resource:
    zone, name = call.path["zone"], call.path["diskType"]
    if name not in catalogue.DISK_TYPES:
        raise not_found(f"projects/{call.project}/zones/{zone}/diskTypes/{name}")
    return _disk_type(call.project, zone, name)


def disk_types(_cloud: Cloud, call: Call) -> list[Resource]:
    return [_disk_type(call.project, call.path["zone"], name) for name in catalogue.DISK_TYPES]


def _disk_type(project: str, zone: str, name: str) -> Resource:
    return {
        **_known("diskType", f"projects/{project}/zones/{zone}/diskTypes/{name}"),
        "description": name,
        "validDiskSize": "10GB-65536GB",
        "zone": link(f"projects/{project}/zones/{zone}"),
        "defaultDiskSizeGb": "100",
    }
