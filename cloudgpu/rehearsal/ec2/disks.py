"""The volumes of a launch: the image's own with the request's wishes over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.images import root_gb
from cloudgpu.rehearsal.ec2.untyped import Backend, Image, Instance

_BASELINE_IOPS, _BASELINE_MIB_S, _MIB_S_PER_IOPS, _IOPS_PER_GIB = 3000, 125, 0.25, 500
_MOST_IOPS, _MOST_MIB_S, _MOST_GIB = 80_000, 2000, 65_536
_LEAST_INITIALIZATION, _MOST_INITIALIZATION = 100, 300
Disk = dict[str, Any]


def plan(ec2: Backend, image: Image, mappings: Sequence[Mapping[str, Any]]) -> dict[str, Disk]:
    """Device name to its volume's wishes, sizes filled in. Refused for a volume that cannot be."""
    root = image.block_device_mappings[0]
    planned: dict[str, Disk] = {root["DeviceName"]: dict(root["Ebs"])}
    for mapping in mappings:
        device = mapping.get("DeviceName")
        if not device:
            raise Refused("MissingParameter", "The request must contain the parameter deviceName")
        if "NoDevice" in mapping and device in planned:
            del planned[device]
        elif "Ebs" in mapping:
            planned[device] = planned.get(device, {"DeleteOnTermination": False}) | dict(mapping["Ebs"])
        elif "VirtualName" not in mapping and "NoDevice" not in mapping:
            raise Refused("MissingParameter", "The request must contain the parameter ebs")
    for disk in planned.values():
        _settle(ec2, image, disk)
    return planned


def _settle(ec2: Backend, image: Image, disk: Disk) -> None:
    snapshot = disk.get("SnapshotId")
    if snapshot and snapshot not in ec2.snapshots:
        raise Refused("InvalidSnapshot.NotFound", f"The snapshot '{snapshot}' does not exist.")
    least = (
        root_gb(image) if snapshot == image.ebs_snapshot.id else ec2.snapshots[snapshot].volume_size if snapshot else 1
    )
    if "VolumeSize" not in disk and not snapshot:
        raise Refused("MissingParameter", "The request must contain the parameter size or snapshotId")
    size = disk.setdefault("VolumeSize", least)
    if size < least:
        raise Refused(
            "InvalidBlockDeviceMapping",
            f"Volume of size {size}GB is smaller than snapshot '{snapshot}', expect size >= {least}GB",
        )
    kind = disk.setdefault("VolumeType", "gp2")
    if kind != "gp3" and "Throughput" in disk:
        raise Refused("InvalidParameterCombination", f"The parameter Throughput is not supported for {kind} volumes.")
    if kind == "gp3":
        _speed(disk)
    _initialization(disk)


def _speed(disk: Disk) -> None:
    """What a gp3 volume can do at most, and in which proportions."""
    size, iops = disk["VolumeSize"], disk.setdefault("Iops", _BASELINE_IOPS)
    throughput = disk.setdefault("Throughput", _BASELINE_MIB_S)
    if size > _MOST_GIB:
        raise _wrong(f"Volume of {size}GiB is too large for volume type gp3; maximum is {_MOST_GIB}GiB.")
    for name, value, least, most in (
        ("iops", iops, _BASELINE_IOPS, _MOST_IOPS),
        ("throughput", throughput, _BASELINE_MIB_S, _MOST_MIB_S),
    ):
        if value < least:
            raise _wrong(f"Volume {name} of {value} is too low; minimum is {least}.")
        if value > most:
            raise _wrong(f"Volume {name} of {value} is too high; maximum is {most}.")
    if iops > _BASELINE_IOPS and iops / size > _IOPS_PER_GIB:
        raise _wrong(f"Iops to volume size ratio of {iops / size:.6f} is too high; maximum is {_IOPS_PER_GIB:.6f}")
    if throughput / iops > _MIB_S_PER_IOPS:
        raise _wrong(
            f"Throughput (MiBps) to iops ratio of {throughput / iops:.6f} is too high; maximum is"
            f" {_MIB_S_PER_IOPS:.6f} MiBps per iops."
        )


def _initialization(disk: Disk) -> None:
    rate = disk.get("VolumeInitializationRate")
    if rate is None:
        return
    if not _LEAST_INITIALIZATION <= rate <= _MOST_INITIALIZATION:
        raise _wrong(
            f"Value ( {rate} ) for parameter volumeInitializationRate is invalid. Expecting a value between"
            f" {_LEAST_INITIALIZATION} and {_MOST_INITIALIZATION}."
        )
    if not disk.get("SnapshotId"):
        raise Refused(
            "InvalidParameterCombination", "The parameter volumeInitializationRate can only be used with a snapshot."
        )


def _wrong(words: str) -> Refused:
    return Refused("InvalidParameterValue", words)


def fields(planned: Mapping[str, Disk]) -> dict[str, str]:
    """The plan as parameters of a request; kind and speed are set by `finish`, where moto would lose them."""
    said: dict[str, str] = {}
    for number, (device, disk) in enumerate(planned.items(), 1):
        prefix = f"BlockDeviceMapping.{number}"
        said |= {
            f"{prefix}.DeviceName": device,
            f"{prefix}.Ebs.VolumeSize": str(disk["VolumeSize"]),
            f"{prefix}.Ebs.DeleteOnTermination": str(disk["DeleteOnTermination"]).lower(),
        }
        if disk.get("SnapshotId"):
            said[f"{prefix}.Ebs.SnapshotId"] = str(disk["SnapshotId"])
    return said


def finish(ec2: Backend, instance: Instance, planned: Mapping[str, Disk]) -> None:
    for device, disk in planned.items():
        volume = ec2.volumes[instance.block_device_mapping[device].volume_id]
        volume.volume_type, volume.iops, volume.throughput = (
            disk["VolumeType"],
            disk.get("Iops"),
            disk.get("Throughput"),
        )
        volume.encrypted, volume.kms_key_id = bool(disk.get("Encrypted")), disk.get("KmsKeyId")
