"""What RunInstances is asked for."""

from __future__ import annotations

import hashlib
from typing import Any

from cloudgpu.model import InstanceSpec
from cloudgpu.providers.aws.images import Image
from cloudgpu.providers.aws.userdata import user_data
from cloudgpu.rules.names import marks

USER = "cloudgpu-user"
# Of a gp3 volume 3,000 IOPS and 125 MiB/s are in its price; the second 125 are less than a cent an hour, and the first
# boot, which reads everything for the first time, is that much shorter. A quarter MiB/s for each IOPS is the most.
# No VolumeInitializationRate: it asks for 13 cents at every launch, also for one that fails, to bring in advance a
# snapshot of which a container machine reads a small part.
_IOPS, _MIB_PER_SECOND = 3000, 250


def order(spec: InstanceSpec, image: Image, subnet: str, group: str) -> dict[str, Any]:
    """The parameters: one machine that ends itself for good when it is switched off from inside, marked from its
    creation on, with one network interface, one encrypted disk, no role and no key pair."""
    tags = [{"Key": key, "Value": value} for key, value in {"Name": spec.name, USER: spec.user, **marks(spec)}.items()]
    marked = ["instance", "volume", "network-interface"]
    request: dict[str, Any] = {
        "ImageId": image.id,
        "InstanceType": spec.offer.instance_type,
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": token_of(spec),
        "UserData": user_data(spec),
        "InstanceInitiatedShutdownBehavior": "terminate",
        # one hop: an answer does not reach into a container's network, so no notebook reads what is only for the host
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1},
        "BlockDeviceMappings": [{"DeviceName": image.root, "Ebs": _disk(max(spec.disk_gb, image.snapshot_gb))}],
        "NetworkInterfaces": [
            {
                "DeviceIndex": 0,
                "SubnetId": subnet,
                "Groups": [group],
                "AssociatePublicIpAddress": True,
                "DeleteOnTermination": True,
            }
        ],
    }
    if spec.offer.spot:
        marked.append("spot-instances-request")
        request["InstanceMarketOptions"] = {
            "MarketType": "spot",
            "SpotOptions": {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate", **_cap(spec)},
        }
    return request | {"TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in marked]}


def token_of(spec: InstanceSpec) -> str:
    """The idempotency token: the same for the same attempt of a launch, whoever asks; 64 ASCII characters at most."""
    offer = spec.offer
    market = "spot" if offer.spot else "on-demand"
    what = f"{spec.launch_id} {offer.zone} {offer.instance_type} {market} {spec.attempt}"
    return f"cloudgpu-{hashlib.sha256(what.encode()).hexdigest()[:48]}"


def _disk(size_gb: int) -> dict[str, object]:
    """Encrypted with the key that AWS keeps for the account, which costs nothing."""
    return {
        "VolumeSize": size_gb,
        "VolumeType": "gp3",
        "Iops": _IOPS,
        "Throughput": _MIB_PER_SECOND,
        "Encrypted": True,
        "DeleteOnTermination": True,
    }


def _cap(spec: InstanceSpec) -> dict[str, str]:
    """Without a limit of the person's own, EC2's holds: the on-demand price."""
    return {} if spec.max_hourly is None else {"MaxPrice": f"{spec.max_hourly:f}"}
