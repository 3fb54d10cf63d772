"""What a cloud in memory bills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Bill:
    """One thing that costs money from `started_at` until `ended_at`. `kind`: instance or disk."""

    kind: str
    launch_id: str
    zone: str
    started_at: datetime
    ended_at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.kind} of launch {self.launch_id} in {self.zone}"
