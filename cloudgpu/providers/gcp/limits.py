"""What to type when a quota is too small."""

from __future__ import annotations

import re

from cloudgpu.rules.catalog import GPUS

_CONSOLE = "https://console.cloud.google.com/iam-admin/quotas?project={project}"
_IN_EIGHTS = ("H100-MEGA", "H200", "B200")  # sold eight at a time
_EVERYWHERE = re.compile(
    r"globally|[_-]ALL[_-]REGIONS\b|per-project'|^(NETWORKS|FIREWALLS|SUBNETWORKS|ROUTES|SNAPSHOTS|IMAGES)$"
)


def is_global(metric: str, words: str) -> bool:
    """The limit holds for all regions together."""
    return bool(_EVERYWHERE.search(metric) or _EVERYWHERE.search(words))


def how_to_raise(metric: str, family: str, limit: str, region: str, project: str) -> str:
    """The command that asks for more, where there is one for this quota, and the page that takes any."""
    page = _CONSOLE.format(project=project)
    gpu = _model(family or metric)
    if not gpu and not re.search(r"\bGPUS_ALL_REGIONS\b", metric):
        return f"Ask for more: {page}"
    more = max(int(float(limit or 0)) + 1, 8 if gpu in _IN_EIGHTS else 1)
    options = [
        f" --gpu {gpu}" if gpu else "",
        f" --region {region}" if region else "",
        " --spot" if metric.startswith("PREEMPTIBLE") else "",
        f" --request {more} --contact YOU@EXAMPLE.COM",
        f" --project {project}" if project else "",
    ]
    return f"cloudgpu quota --provider gcp{''.join(options)}  (or ask at {page})"


def _model(metric: str) -> str:
    """Our name of the GPU that a metric or a family counts; empty for other metrics."""
    found = re.search(r"NVIDIA[_-](\w+?)(?:[_-]GPUS)?$", metric.rpartition("/")[2])
    name = found[1].replace("_", "-") if found else ""
    return name if name in GPUS else ""
