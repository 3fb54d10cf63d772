"""How long things take in the embedded clouds; data, changed while they run by `POST /_rehearsal/clock`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields


@dataclass(slots=True)
class Clock:
    """Seconds. `operation`: from an accepted request to the end of its operation, PENDING, PROVISIONING and STAGING
    included. `boot`: from RUNNING to an SSH server that answers. `pull`: an image, at least."""

    operation_seconds: float = 0.6
    boot_seconds: float = 0.5
    pull_seconds: float = 0.0

    def change(self, wanted: Mapping[str, object]) -> dict[str, float]:
        """Set what is named and return all. ValueError for an unknown name or anything but a number from 0 on."""
        known = {one.name for one in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise ValueError(f"unknown clock {name!r}; known are {', '.join(sorted(known))}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
                raise ValueError(f"{name} takes seconds, not {value!r}")
            setattr(self, name, float(value))
        return asdict(self)
