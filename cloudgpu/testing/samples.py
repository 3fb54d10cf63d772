"""Valid nouns to start a test from; change what the test is about with `dataclasses.replace`."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

from cloudgpu.model import Gpu, InstanceSpec, Offer

# Their private halves were thrown away when they were made: nobody can log in with the one or pose as the other.
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKCugJCFZbkRel3Yahy+CrfccNr80Gl0/kbovMyLNZzI nobody"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINXFkDqhF3Vuqm0836KyC+vNgWji/uTE3LSH1ciGd/hM"


def offer(
    zone: str = "mars-1-a",
    *,
    gpu: Gpu | None = None,
    instance_type: str = "rover-4",
    hourly: str = "0.50",
    spot: bool = False,
) -> Offer:
    """One thing to buy; a zone is its region and one letter more, as with Google."""
    return Offer(
        provider="memory",
        region=zone.rpartition("-")[0],
        zone=zone,
        instance_type=instance_type,
        gpu=gpu or Gpu("T4"),
        vcpus=4,
        memory_gb=15.0,
        hourly=Decimal(hourly),
        spot=spot,
    )


OFFERS = (
    offer("mars-1-a", hourly="0.50"),
    offer("mars-1-b", hourly="0.50"),
    offer("mars-2-a", hourly="0.55"),
    offer("moon-1-a", hourly="0.60"),
    offer("mars-1-a", hourly="1.10", gpu=Gpu("T4", 2), instance_type="rover-8"),
    offer("moon-1-a", hourly="0.90", gpu=Gpu("L4"), instance_type="lander-4"),
    offer("mars-1-a", hourly="0.20", spot=True),
    offer("moon-1-a", hourly="0.25", spot=True),
)


def spec(
    offer: Offer,
    *,
    name: str = "quiet-otter",
    launch_id: str | None = None,
    owner: str = "ann_laptop",
    expires_at: datetime | None = None,
) -> InstanceSpec:
    """What `Provider.create` takes; a fresh launch id unless one is given."""
    return InstanceSpec(
        name=name,
        launch_id=launch_id or uuid.uuid4().hex[:12],
        owner=owner,
        offer=offer,
        disk_gb=100,
        ssh_public_key=PUBLIC_KEY,
        user="cloudgpu",
        caller_cidr="192.0.2.7/32",
        startup_script="#!/bin/sh\ntrue\n",
        expires_at=expires_at,
    )
