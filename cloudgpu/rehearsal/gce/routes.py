"""Which function serves which method of the discovery document."""

from __future__ import annotations

from cloudgpu.rehearsal.gce import (
    addresses,
    creation,
    disks,
    firewalls,
    images,
    instances,
    lifecycle,
    networks,
    operations,
    places,
    snapshots,
    subnetworks,
)
from cloudgpu.rehearsal.gce.listing import aggregated, flat
from cloudgpu.rehearsal.gce.state import Handler

# these wait, so they are called without the lock
UNLOCKED = frozenset(f"compute.{scope}Operations.wait" for scope in ("zone", "region", "global"))

_operations = flat("compute#operationList", "Operation", operations.listed)

HANDLERS: dict[str, Handler] = {
    "compute.projects.get": places.project,
    "compute.regions.get": places.region,
    "compute.regions.list": flat("compute#regionList", "Region", places.regions),
    "compute.zones.get": places.zone,
    "compute.zones.list": flat("compute#zoneList", "Zone", places.zones),
    "compute.machineTypes.get": places.machine_type,
    "compute.machineTypes.list": flat("compute#machineTypeList", "MachineType", places.machine_types),
    "compute.machineTypes.aggregatedList": aggregated(
        "compute#machineTypeAggregatedList", "MachineType", "machineTypes", places.all_machine_types
    ),
    "compute.acceleratorTypes.get": places.accelerator_type,
    "compute.acceleratorTypes.list": flat("compute#acceleratorTypeList", "AcceleratorType", places.accelerator_types),
    "compute.acceleratorTypes.aggregatedList": aggregated(
        "compute#acceleratorTypeAggregatedList", "AcceleratorType", "acceleratorTypes", places.all_accelerator_types
    ),
    "compute.diskTypes.get": places.disk_type,
    "compute.diskTypes.list": flat("compute#diskTypeList", "DiskType", places.disk_types),
    "compute.images.get": images.get,
    "compute.images.getFromFamily": images.get_from_family,
    "compute.images.list": flat("compute#imageList", "Image", images.listed),
    "compute.images.insert": images.insert,
    "compute.images.delete": images.delete,
    "compute.snapshots.get": snapshots.get,
    "compute.snapshots.list": flat("compute#snapshotList", "Snapshot", snapshots.listed),
    "compute.snapshots.delete": snapshots.delete,
    "compute.networks.get": networks.get,
    "compute.networks.list": flat("compute#networkList", "Network", networks.listed),
    "compute.networks.insert": networks.insert,
    "compute.networks.delete": networks.delete,
    "compute.subnetworks.get": subnetworks.get,
    "compute.subnetworks.list": flat("compute#subnetworkList", "Subnetwork", subnetworks.listed),
    "compute.subnetworks.aggregatedList": aggregated(
        "compute#subnetworkAggregatedList", "Subnetwork", "subnetworks", subnetworks.scoped, regional=True
    ),
    "compute.subnetworks.insert": subnetworks.insert,
    "compute.subnetworks.delete": subnetworks.delete,
    "compute.firewalls.insert": firewalls.insert,
    "compute.firewalls.get": firewalls.get,
    "compute.firewalls.list": flat("compute#firewallList", "Firewall", firewalls.listed),
    "compute.firewalls.patch": firewalls.patch,
    "compute.firewalls.delete": firewalls.delete,
    "compute.addresses.aggregatedList": aggregated(
        "compute#addressAggregatedList", "Address", "addresses", addresses.scoped, regional=True
    ),
    "compute.addresses.insert": addresses.insert,
    "compute.addresses.get": addresses.get,
    "compute.addresses.list": flat("compute#addressList", "Address", addresses.listed),
    "compute.addresses.delete": addresses.delete,
    "compute.disks.insert": disks.insert,
    "compute.disks.get": disks.get,
    "compute.disks.list": flat("compute#diskList", "Disk", disks.listed),
    "compute.disks.aggregatedList": aggregated("compute#diskAggregatedList", "Disk", "disks", disks.scoped),
    "compute.disks.delete": disks.delete,
    "compute.disks.createSnapshot": snapshots.create,
    "compute.instances.insert": creation.insert,
    "compute.instances.get": instances.get,
    "compute.instances.list": flat("compute#instanceList", "Instance", instances.listed),
    "compute.instances.aggregatedList": aggregated(
        "compute#instanceAggregatedList", "Instance", "instances", instances.scoped
    ),
    "compute.instances.delete": lifecycle.delete,
    "compute.instances.stop": lifecycle.stop,
    "compute.instances.start": lifecycle.start,
    "compute.instances.setLabels": instances.set_labels,
    "compute.instances.setMetadata": instances.set_metadata,
    "compute.instances.setDeletionProtection": instances.set_deletion_protection,
    "compute.instances.setScheduling": instances.set_scheduling,
    "compute.instances.getSerialPortOutput": instances.serial_port_output,
    "compute.instances.getGuestAttributes": instances.guest_attributes,
    **{f"compute.{scope}Operations.get": operations.get for scope in ("zone", "region", "global")},
    **{f"compute.{scope}Operations.list": _operations for scope in ("zone", "region", "global")},
    **dict.fromkeys(UNLOCKED, operations.wait),
}
