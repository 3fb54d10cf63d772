"""What can be set about the emulated account while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from cloudgpu.rehearsal.credentials import ACCESS_KEY, SECRET_KEY
from cloudgpu.rehearsal.ec2.buckets import BUCKETS, GENEROUS


@dataclass(slots=True)
class Settings:
    """`quotas`: vCPUs by quota code, or by `REGION/CODE` for one region. `approve_increases`: requests for more are
    granted at once. `console_lag_seconds`: how long after its door opened an instance's console can be had without
    `Latest` (EC2 takes minutes)."""

    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    quotas: dict[str, float] = field(default_factory=lambda: dict(GENEROUS))
    approve_increases: bool = False
    console_lag_seconds: float = 240.0

    def change(self, wanted: Mapping[str, object]) -> None:
        """Set what is named; quotas that are not named stay. ValueError for an unknown name or a wrong kind."""
        kinds = {one.name: type(getattr(self, one.name)) for one in fields(self)}
        for name, value in wanted.items():
            if name not in kinds:
                raise ValueError(f"unknown setting {name!r}; known are {', '.join(sorted(kinds))}")
            if name == "quotas":
                self.quotas = self.quotas | _quotas(value)
            elif kinds[name] is float and isinstance(value, (int, float)) and not isinstance(value, bool):
                setattr(self, name, float(value))
            elif isinstance(value, kinds[name]):
                setattr(self, name, value)
            else:
                raise ValueError(f"{name} takes a {kinds[name].__name__}, not {value!r}")


def _quotas(value: object) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise ValueError(f"quotas takes numbers by quota code, not {value!r}")
    codes = {bucket.code for bucket in BUCKETS}
    for key, limit in value.items():
        if str(key).rpartition("/")[2] not in codes:
            raise ValueError(f"unknown quota {key!r}; known are {', '.join(sorted(codes))}")
        if isinstance(limit, bool) or not isinstance(limit, (int, float)) or limit < 0:
            raise ValueError(f"quota {key} takes a number of vCPUs, not {limit!r}")
    return {str(key): float(limit) for key, limit in value.items()}
