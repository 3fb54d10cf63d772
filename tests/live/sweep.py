"""`python -m tests.live.sweep CLOUD NAME [LAUNCH_ID ...]`: what the account still has of the suite, as one JSON
document.

The account is the one of the environment. Machines of other launches are counted and left alone.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping

from cloudgpu.model import Origin
from cloudgpu.protocols import HasLeftovers
from cloudgpu.providers import registry
from tests.live.settings import Settings

_GCLOUD = {
    "instance": "instances",
    "disk": "disks",
    "address": "addresses",
    "firewall rule": "firewall-rules",
    "snapshot": "snapshots",
    "image": "images",
}
_AWS = {
    "i": "terminate-instances --instance-ids",
    "vol": "delete-volume --volume-id",
    "sg": "delete-security-group --group-id",
    "eipalloc": "release-address --allocation-id",
    "eni": "delete-network-interface --network-interface-id",
    "snap": "delete-snapshot --snapshot-id",
    "ami": "deregister-image --image-id",
    "sir": "cancel-spot-instance-requests --spot-instance-request-ids",
    "lt": "delete-launch-template --launch-template-id",
}
_LINE = re.compile(rf"(?P<kind>{'|'.join(_GCLOUD)}) (?P<name>[-a-z0-9]+)(?: in (?P<place>[-a-z0-9]+))?")
_AWS_LINE = re.compile(rf".*?\b(?P<id>(?P<kind>{'|'.join(_AWS)})-[0-9a-f]+)\b.* in (?P<region>[a-z]+(?:-[a-z]+)+-\d)")


def look(cloud: str, name: str, launch_ids: Iterable[str]) -> Mapping[str, object]:
    """`left`: a line for each thing that is still there. `others`: how many labelled machines are not ours."""
    provider = registry.open_provider(Origin(cloud))
    there = provider.instances()
    known = set(launch_ids)
    ours = {one.ref.launch_id for one in there if one.ref.name == name or one.ref.launch_id in known}
    left = []
    if isinstance(provider, HasLeftovers):
        left = [line for launch_id in sorted(known | ours) for line in provider.leftovers(launch_id)]
    return {"left": left, "others": sum(one.ref.launch_id not in ours for one in there)}


def removal(line: str, settings: Settings) -> str:
    """The command that removes what the line tells of; where it tells of nothing certain, where to look."""
    return {"gcp": _by_gcloud, "aws": _by_aws}[settings.cloud.name](line, settings.account)


def _by_gcloud(line: str, project: str) -> str:
    found = _LINE.fullmatch(line)
    if found is None:
        return f"{line}: look at https://console.cloud.google.com/compute/instances?project={project}"
    kind, name, place = found.group("kind", "name", "place")
    where = ""
    if kind == "address":
        where = f" --region {place}" if place and place != "global" else " --global"
    elif place:
        where = f" --zone {place}"
    return f"gcloud compute {_GCLOUD[kind]} delete {name}{where} --project {project} --quiet"


def _by_aws(line: str, profile: str) -> str:
    found = _AWS_LINE.match(line)
    if found is None:
        return f"{line}: look at https://console.aws.amazon.com/ec2/home#Instances:"
    return f"aws ec2 {_AWS[found['kind']]} {found['id']} --region {found['region']} --profile {profile}"


if __name__ == "__main__":
    print(json.dumps(look(sys.argv[1], sys.argv[2], sys.argv[3:])))
