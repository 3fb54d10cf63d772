"""What can be set about the emulated account while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudgpu.rehearsal import reading
from cloudgpu.rehearsal.credentials import ACCESS_KEY, SECRET_KEY
from cloudgpu.rehearsal.ec2.buckets import GENEROUS
from cloudgpu.rehearsal.ec2.settings.capacity import Capacity, capacity
from cloudgpu.rehearsal.ec2.settings.images import Images, images
from cloudgpu.rehearsal.ec2.settings.increases import Automaton, quota_requests
from cloudgpu.rehearsal.ec2.settings.market import Prices, spot_prices
from cloudgpu.rehearsal.ec2.settings.permissions import Permissions, permissions
from cloudgpu.rehearsal.ec2.settings.quotas import quotas
from cloudgpu.rehearsal.ec2.settings.regional import EVERYWHERE, ByRegion, default_vpc, regions

__all__ = ["Capacity", "Permissions", "Settings"]
ACCOUNT_STATES = ("active", "blocked", "pending-verification", "not-subscribed", "free-plan")
CREDENTIAL_STATES = ("valid", "invalid", "expired", "skewed")


def _text(name: str, among: tuple[str, ...] = ()) -> Callable[[Any, object], str]:
    return lambda _, value: reading.text(name, value, among)


# name -> the new value, from the one in force and what is wanted
_READ: dict[str, Callable[[Any, object], Any]] = {
    "access_key": _text("access_key"),
    "secret_key": _text("secret_key"),
    "quotas": quotas,
    "quota_requests": quota_requests,
    "console_lag_seconds": lambda _, value: reading.seconds("console_lag_seconds", value),
    "latest_lag_seconds": lambda _, value: reading.seconds("latest_lag_seconds", value),
    "capacity": capacity,
    "permissions": permissions,
    "account": _text("account", ACCOUNT_STATES),
    "credentials": _text("credentials", CREDENTIAL_STATES),
    "regions": regions,
    "default_vpc": default_vpc,
    "images": images,
    "spot_prices": spot_prices,
    "full_subnets": lambda _, value: reading.texts("full_subnets", value),
}


@dataclass(slots=True)
class Settings:
    """`stamps`: how often each setting was named in a change. See `change` for the others."""

    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    quotas: Mapping[str, float] = field(default_factory=lambda: dict(GENEROUS))
    quota_requests: Automaton = field(default_factory=Automaton)
    console_lag_seconds: float = 240.0
    latest_lag_seconds: float = 0.0
    capacity: Capacity = field(default_factory=Capacity)
    permissions: Permissions = field(default_factory=Permissions)
    account: str = "active"
    credentials: str = "valid"
    regions: Mapping[str, str] = field(default_factory=dict)
    default_vpc: ByRegion = field(default_factory=lambda: {EVERYWHERE: True})
    images: Images = field(default_factory=Images)
    spot_prices: Prices = field(default_factory=dict)
    full_subnets: tuple[str, ...] = ()
    stamps: dict[str, int] = field(default_factory=dict)

    def change(self, wanted: Mapping[str, object]) -> dict[str, object]:
        """What is named is changed, null makes it as new, all is returned. ValueError for anything unknown, and then
        nothing is changed.

        access_key, secret_key  the pair that signs
        quotas             {code | region/code: vCPUs}
        quota_requests     grant | refuse | pending | case | {"partly": vCPUs}: what becomes of requests for more
        console_lag_seconds  how long after its door opened an instance's console can be had without `Latest`
        latest_lag_seconds  how far behind the machine its console is with `Latest`, of what was asked for meanwhile
        capacity           {"dry": [{"zone", "type", "market", "times", "late"}...], "hint", "code", "http_status",
                           "seconds"}; patterns with `*`
        permissions        {"denied": [action...], "encoded", "service_control_policy"}
        account            active | blocked | pending-verification | not-subscribed | free-plan
        credentials        valid | invalid | expired | skewed
        regions            {region: opted-in | not-opted-in | pending-verification | null}
        default_vpc        true | false | {region: true | false}: does the account have one now?
        images             {"retired": [line or architecture/line...]}
        spot_prices        {instance type: USD per hour | {zone: USD per hour} | null}; null lets the market move again
        full_subnets       [subnet or zone...] that have no address left now
        """
        for name in wanted:
            if name not in _READ:
                raise ValueError(f"unknown setting {name!r}; known are {', '.join(sorted(_READ))}")
        new = Settings()
        found = {
            name: getattr(new, name) if value is None else _READ[name](getattr(self, name), value)
            for name, value in wanted.items()
        }
        for name, value in found.items():
            setattr(self, name, value)
            self.stamps[name] = self.stamps.get(name, 0) + 1
        return {name: _shown(getattr(self, name)) for name in _READ}


def _shown(value: Any) -> object:
    return value.shown() if hasattr(value, "shown") else dict(value) if isinstance(value, Mapping) else value
