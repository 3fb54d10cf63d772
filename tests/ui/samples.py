"""The records that the screens show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from cloudgpu.model import (
    Attempt,
    Gpu,
    Instance,
    InstanceRef,
    Origin,
    Receipt,
    Record,
    Removed,
    RunningContainer,
    State,
    StepTime,
)

NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=timezone.utc)

_REF = InstanceRef("quiet-otter", "c0ffee12345", "us-central1", "us-central1-a", "4711")
READY = Record(
    name="quiet-otter",
    launch_id="c0ffee12345",
    origin=Origin("gcp", project="p"),
    created_at=NOON,
    tried=(_REF,),
    instance=Instance(
        ref=_REF,
        provider="gcp",
        instance_type="n1-standard-4",
        gpu=Gpu("T4"),
        state=State.RUNNING,
        created_at=NOON,
        host="203.0.113.7",
        hourly=Decimal("0.54"),
        expires_at=NOON + timedelta(hours=8),
        owner="ann_laptop",
    ),
    container=RunningContainer("abc123", "quay.io/jupyter/pytorch-notebook:cuda12-latest", gpu_ok=True),
    jupyter_port=8888,
    ready=True,
    attempts=(Attempt("us-central1-f", "n1-standard-4", "capacity", "ZONE_RESOURCE_POOL_EXHAUSTED", "none left"),),
    steps=(StepTime("create instance", 12.4),),
)
UNFINISHED = Record("brave-newt", "cbeef", Origin("aws", rehearsal=True), NOON)
assert READY.instance
SPOT = replace(
    READY,
    name="swift-crane",
    origin=Origin("aws", rehearsal=True),
    ready=False,
    instance=replace(
        READY.instance,
        provider="aws",
        instance_type="g4dn.12xlarge",
        gpu=Gpu("T4", 4),
        spot=True,
        state=State.PENDING,
        hourly=None,
        expires_at=None,
        host=None,
    ),
)
RECEIPT = Receipt(
    "quiet-otter",
    (
        Removed("instance n1-standard-4 in us-central1-a", "4711", 1.52, Decimal("0.82")),
        Removed("disk", "4712", 1.52, Decimal("0.01")),
    ),
)
