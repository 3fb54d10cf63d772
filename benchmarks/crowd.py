"""A Compute Engine with a thousand labelled instances in it, for `benchmarks.listing`: prints its address, and serves
until its standard input ends."""

from __future__ import annotations

import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from cloudgpu.rules import names
from tests.providers_gcp.bed import PROJECT, Bed, standing

COUNT = 1000
_METRICS = (
    "GPUS_ALL_REGIONS",
    "CPUS_ALL_REGIONS",
    "CPUS",
    "INSTANCES",
    "IN_USE_ADDRESSES",
    "SSD_TOTAL_GB",
    "NVIDIA_T4_GPUS",
)
_ZONES = ("us-central1-a", "us-east1-c", "europe-west4-b", "asia-east1-a")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="cloudgpu-bench-") as folder, standing(Path(folder)) as bed:
        bed.configure({"quotas": dict.fromkeys(_METRICS, 1_000_000)})
        bed.world.clock.change({"operation_seconds": 0})
        with ThreadPoolExecutor(8) as pool, requests.Session() as session:
            list(pool.map(lambda number: _insert(bed, session, number), range(COUNT)))
        print(bed.url, flush=True)
        sys.stdin.read()


def _insert(bed: Bed, session: requests.Session, number: int) -> None:
    launch_id, zone = f"crowd{number:04d}", _ZONES[number % len(_ZONES)]
    labels = {
        names.NAME: f"crowd-{number:04d}",
        names.LAUNCH_ID: launch_id,
        names.OWNER: "bench",
        names.EXPIRES: "never",
    }
    image = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64"
    disk = {
        "sourceImage": image,
        "diskSizeGb": "100",
        "diskType": f"zones/{zone}/diskTypes/pd-balanced",
        "labels": labels,
    }
    body = {
        "name": names.resource_name(launch_id),
        "machineType": f"zones/{zone}/machineTypes/n1-standard-4",
        "labels": labels,
        "scheduling": {"onHostMaintenance": "TERMINATE"},
        "guestAccelerators": [
            {"acceleratorType": f"zones/{zone}/acceleratorTypes/nvidia-tesla-t4", "acceleratorCount": 1}
        ],
        "disks": [{"boot": True, "autoDelete": True, "initializeParams": disk}],
        "networkInterfaces": [{"network": "global/networks/default", "accessConfigs": [{"type": "ONE_TO_ONE_NAT"}]}],
    }
    url = f"{bed.url}/compute/v1/projects/{PROJECT}/zones/{zone}/instances"
    answer = session.post(url, json=body, headers={"Authorization": "Bearer bench"}, timeout=60)
    answer.raise_for_status()


if __name__ == "__main__":
    threading.stack_size(256 * 1024)  # every operation has a thread of its own
    main()
