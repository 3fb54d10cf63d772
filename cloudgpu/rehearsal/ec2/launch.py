"""RunInstances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cloudgpu.rehearsal.ec2 import capacity, checks, disks, gpus, networks, quotas, spotprices, spotrequests, userdata
from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.place import Place, choose
from cloudgpu.rehearsal.ec2.untyped import Backend, Image, Instance, Reservation
from cloudgpu.rehearsal.ec2.wire import Answer
from cloudgpu.rehearsal.world import GuestSpec, Identity

_DEFAULT_TYPE = "m1.small"


def run_instances(cloud: Cloud, call: Call) -> Answer:
    """The same token in the same scope gives the same reservation again."""
    params, ec2 = call.params, call.ec2
    checks.form(params)
    instance_type = params.get("InstanceType", _DEFAULT_TYPE)
    place = choose(cloud.engine, ec2, params, instance_type)
    token, scope = params.get("ClientToken", ""), place.zone if place.named else ""
    if token and (known := cloud.tokens.find(call.region, scope, token, call.request.fields)):
        return cloud.engine.tell("RunInstances", ec2.reservations[known])
    image = checks.image(cloud.engine, ec2, params, instance_type)
    planned = disks.plan(ec2, image, params.get("BlockDeviceMappings", []))
    key_pair, user_data = checks.key_pair(ec2, params), userdata.decode(params.get("UserData"))
    first_boot = userdata.first_boot(user_data, *key_pair)
    checks.groups(ec2, params, place)
    if params.get("DryRun"):
        raise Refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    count = quotas.grant(
        cloud.engine.instance_types,
        ec2,
        cloud.settings.quotas,
        instance_type,
        spot=_is_spot(params),
        least=params["MinCount"],
        most=params["MaxCount"],
    )
    root = next(iter(planned.values()), {})
    wanted = capacity.Wanted(instance_type, _is_spot(params), str(root.get("VolumeType", "gp3")))
    found = capacity.find(cloud.settings.capacity, cloud.engine, ec2, wanted, place)
    place = found.place
    if wanted.spot:
        spotprices.check_bid(cloud.settings.spot_prices, params, instance_type, place.zone)
    if not any("NetworkInterfaceId" in one for one in params.get("NetworkInterfaces", [])):
        networks.room_for(ec2, place.subnet_id, count)
    with _only(ec2, image):
        answer, reservation = _make(cloud, call, _fields(call, place, count) | disks.fields(planned))
    if reservation is None:
        return answer
    for instance in reservation.instances:
        if wanted.spot:
            spotrequests.begin(cloud, ec2, instance, params)
        _finish(cloud, call, instance)
        disks.finish(ec2, instance, planned)
        doom = capacity.ENDED_BEFORE_IT_RAN if found.late else None
        identity = _identity(cloud, call, instance, image, user_data, key_pair)
        cloud.machines.begin(ec2, instance, _guest(cloud, instance, first_boot, identity), doom)
    if token:
        cloud.tokens.keep(call.region, scope, token, call.request.fields, reservation)
    return cloud.engine.tell("RunInstances", reservation)


def _is_spot(params: Mapping[str, Any]) -> bool:
    return bool(params.get("InstanceMarketOptions", {}).get("MarketType") == "spot")


def _fields(call: Call, place: Place, count: int) -> dict[str, str]:
    """The request for moto: as many as are granted (it makes MinCount), and a subnet always."""
    fields = {name: text for name, text in call.request.fields.items() if not name.startswith("BlockDeviceMapping.")}
    fields |= {"MinCount": str(count), "MaxCount": str(count)}
    first = next((n for n, one in enumerate(call.params.get("NetworkInterfaces", []), 1) if one["DeviceIndex"] == 0), 0)
    if not first:
        fields["SubnetId"] = place.subnet_id
    elif f"NetworkInterface.{first}.NetworkInterfaceId" not in fields:
        fields[f"NetworkInterface.{first}.SubnetId"] = place.subnet_id
    return fields


@contextmanager
def _only(ec2: Backend, image: Image) -> Iterator[None]:
    """moto goes through all images for the one that an instance is made of: more than a thousand, at every launch."""
    every, ec2.amis = ec2.amis, {image.id: image}
    try:
        yield
    finally:
        ec2.amis = every


def _make(cloud: Cloud, call: Call, fields: Mapping[str, str]) -> tuple[Answer, Reservation | None]:
    before = set(call.ec2.reservations)
    answer = cloud.engine.ask(call.request, fields)
    made = [one for number, one in call.ec2.reservations.items() if number not in before]
    if answer.status >= 300:
        for one in made:  # moto writes the reservation down before it looks at the rest of the request
            del call.ec2.reservations[one.id]
        return answer, None
    return answer, made[0]


def _finish(cloud: Cloud, call: Call, instance: Instance) -> None:
    """What moto leaves out of what was asked for."""
    by_kind = {
        one.get("ResourceType"): {tag["Key"]: tag.get("Value", "") for tag in one.get("Tags", [])}
        for one in call.params.get("TagSpecifications", [])
    }
    asked = {one["DeviceIndex"]: one for one in call.params.get("NetworkInterfaces", [])}
    for index, interface in instance.nics.items():
        interface.add_tags(by_kind.get("network-interface", {}))
        if "NetworkInterfaceId" not in asked.get(index, {}):
            interface.delete_on_termination = asked.get(index, {}).get("DeleteOnTermination", True)
    instance.security_groups = list(instance.nics[0].group_set)
    instance.client_token = call.params.get("ClientToken")
    instance.disable_api_termination = call.params.get("DisableApiTermination", False)
    instance.ena_support = True
    cores = cloud.engine.instance_types[instance.instance_type]["VCpuInfo"]
    instance.cpu_options = call.params.get("CpuOptions") or {
        "CoreCount": cores.get("DefaultCores", cores["DefaultVCpus"]),
        "ThreadsPerCore": cores.get("DefaultThreadsPerCore", 1),
    }


def _identity(
    cloud: Cloud, call: Call, instance: Instance, image: Image, user_data: bytes, key_pair: tuple[str, ...]
) -> Identity:
    facts = {
        "id": str(instance.id),
        "image": str(image.id),
        "market": "spot" if _is_spot(call.params) else "on-demand",
        "region": call.region,
        "tokens": str(call.params.get("MetadataOptions", {}).get("HttpTokens", "optional")),
        "type": str(instance.instance_type),
        "zone": str(instance.placement.zone),
    }
    return Identity(
        "aws",
        facts,
        powered_off=lambda: cloud.machines.went_off(str(instance.id)),
        user_data=user_data,
        key_pair=key_pair,
        brings="everything" if str(image.name).startswith("Deep Learning") else "nothing",
    )


def _guest(cloud: Cloud, instance: Instance, first_boot: userdata.FirstBoot, identity: Identity) -> GuestSpec:
    return GuestSpec(
        id=f"aws-{instance.id}",
        hostname=str(instance.private_dns_name).partition(".")[0],
        user=first_boot.user,
        authorized_keys=first_boot.keys,
        gpus=gpus.names(cloud.engine.instance_types[instance.instance_type]),
        startup_script=first_boot.script,
        identity=identity,
    )
