"""CreateImage: an image of one's own is as large as the root volume that it is made of."""

from __future__ import annotations

from cloudgpu.rehearsal.credentials import ACCOUNT
from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.lifecycle import unknown
from cloudgpu.rehearsal.ec2.untyped import Image, Instance
from cloudgpu.rehearsal.ec2.wire import Answer


def create(cloud: Cloud, call: Call) -> Answer:
    ec2, number, name = call.ec2, call.params["InstanceId"], call.params["Name"]
    machine = cloud.machines.get(number)
    if machine is None or machine.ec2 is not ec2:
        raise unknown([number])
    if any(image.name == name and image.owner_id == ACCOUNT for image in ec2.amis.values()):
        raise Refused("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI")
    before = set(ec2.amis)
    fields = {key: text for key, text in call.request.fields.items() if not key.startswith("TagSpecification.")}
    answer = cloud.engine.ask(call.request, fields)
    for image in [image for key, image in ec2.amis.items() if key not in before]:
        _finish(call, machine.instance, image)
    return answer


def _finish(call: Call, instance: Instance, image: Image) -> None:
    """What moto leaves out; it takes no tags for the snapshot."""
    root = call.ec2.volumes[instance.block_device_mapping[instance.root_device_name].volume_id]
    image.root_device_name, image.root_device_type = instance.root_device_name, "ebs"
    image.ebs_snapshot.volume.size = root.size
    carriers = {"image": image, "snapshot": image.ebs_snapshot}
    for one in call.params.get("TagSpecifications", []):
        if one.get("ResourceType") in carriers:
            tags = {tag["Key"]: tag.get("Value", "") for tag in one.get("Tags", [])}
            carriers[one["ResourceType"]].add_tags(tags)
