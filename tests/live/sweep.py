"""`python -m tests.live.sweep NAME [LAUNCH_ID ...]`: what the project still has of the suite, as one JSON document.

The project is the one of the environment. Machines of other launches are counted and left alone.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping

from cloudgpu.model import Origin
from cloudgpu.protocols import HasLeftovers
from cloudgpu.providers import registry

_GCLOUD = {
    "instance": "instances",
    "disk": "disks",
    "address": "addresses",
    "firewall rule": "firewall-rules",
    "snapshot": "snapshots",
    "image": "images",
}
_LINE = re.compile(rf"(?P<kind>{'|'.join(_GCLOUD)}) (?P<name>[-a-z0-9]+)(?: in (?P<place>[-a-z0-9]+))?")


def look(name: str, launch_ids: Iterable[str]) -> Mapping[str, object]:
    """`left`: a line for each thing that is still there. `others`: how many labelled machines are not ours."""
    provider = registry.open_provider(Origin("gcp"))
    there = provider.instances()
    known = set(launch_ids)
    ours = {one.ref.launch_id for one in there if one.ref.name == name or one.ref.launch_id in known}
    left = []
    if isinstance(provider, HasLeftovers):
        left = [line for launch_id in sorted(known | ours) for line in provider.leftovers(launch_id)]
    return {"left": left, "others": sum(one.ref.launch_id not in ours for one in there)}


def removal(line: str, project: str) -> str:
    """The command that removes what the line tells of; where it tells of nothing certain, where to look."""
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


if __name__ == "__main__":
    print(json.dumps(look(sys.argv[1], sys.argv[2:])))
