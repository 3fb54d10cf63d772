"""google-cloud-compute without its `__init__`, which imports 129 services where a launch needs a handful.

The package is put in place unexecuted, and of its modules only those are imported that a name of here is asked of:
about half of the time of the whole. Whoever asks the package for a name of its own later
(`compute_v1.TargetPoolsClient`) has it executed then, so that nobody else in the process sees a difference. A package
that is imported already is used as it is, and one that cannot be taken apart like this is imported whole.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.cloud.compute_v1.services.accelerator_types import AcceleratorTypesClient
    from google.cloud.compute_v1.services.addresses import AddressesClient
    from google.cloud.compute_v1.services.disks import DisksClient
    from google.cloud.compute_v1.services.firewalls import FirewallsClient
    from google.cloud.compute_v1.services.global_operations import GlobalOperationsClient
    from google.cloud.compute_v1.services.images import ImagesClient
    from google.cloud.compute_v1.services.instances import InstancesClient
    from google.cloud.compute_v1.services.machine_types import MachineTypesClient
    from google.cloud.compute_v1.services.networks import NetworksClient
    from google.cloud.compute_v1.services.projects import ProjectsClient
    from google.cloud.compute_v1.services.regions import RegionsClient
    from google.cloud.compute_v1.services.snapshots import SnapshotsClient
    from google.cloud.compute_v1.services.zone_operations import ZoneOperationsClient
    from google.cloud.compute_v1.types.compute import (
        AcceleratorType,
        AcceleratorTypesScopedList,
        Firewall,
        Image,
        Instance,
        InstancesScopedList,
        MachineType,
        MachineTypesScopedList,
        Network,
        Operation,
        Quota,
    )

__all__ = [
    "AcceleratorType",
    "AcceleratorTypesClient",
    "AcceleratorTypesScopedList",
    "AddressesClient",
    "DisksClient",
    "Firewall",
    "FirewallsClient",
    "GlobalOperationsClient",
    "Image",
    "ImagesClient",
    "Instance",
    "InstancesClient",
    "InstancesScopedList",
    "MachineType",
    "MachineTypesClient",
    "MachineTypesScopedList",
    "Network",
    "NetworksClient",
    "Operation",
    "ProjectsClient",
    "Quota",
    "RegionsClient",
    "SnapshotsClient",
    "ZoneOperationsClient",
]
_NAME = "google.cloud.compute_v1"
_SERVICES = {
    "AcceleratorTypesClient": "accelerator_types",
    "AddressesClient": "addresses",
    "DisksClient": "disks",
    "FirewallsClient": "firewalls",
    "GlobalOperationsClient": "global_operations",
    "ImagesClient": "images",
    "InstancesClient": "instances",
    "MachineTypesClient": "machine_types",
    "NetworksClient": "networks",
    "ProjectsClient": "projects",
    "RegionsClient": "regions",
    "SnapshotsClient": "snapshots",
    "ZoneOperationsClient": "zone_operations",
}


class _Unexecuted(types.ModuleType):
    """The package, until somebody needs what its `__init__` defines."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if importlib.util.find_spec(f"{_NAME}.{name}"):
            return importlib.import_module(f"{_NAME}.{name}")
        _execute(self)
        return getattr(self, name)


def _execute(package: _Unexecuted) -> None:
    package.__class__ = types.ModuleType  # type: ignore[assignment]  # a module may change its class
    assert package.__spec__ and package.__spec__.loader  # noqa: S101 - `_put_in_place` saw to it
    package.__spec__.loader.exec_module(package)


def _put_in_place() -> None:
    """Nothing where the package is imported already, or is none that has modules and can be executed later."""
    if _NAME in sys.modules:
        return
    spec = importlib.util.find_spec(_NAME)
    if spec is None or not spec.submodule_search_locations or not hasattr(spec.loader, "exec_module"):
        return
    package = importlib.util.module_from_spec(spec)
    package.__class__ = _Unexecuted
    sys.modules[_NAME] = package
    setattr(importlib.import_module("google.cloud"), "compute_v1", package)  # noqa: B010 - mypy knows no such name


def _whole() -> types.ModuleType:
    """The package as everybody else imports it."""
    package = importlib.import_module(_NAME)
    if isinstance(package, _Unexecuted):
        _execute(package)
    return package


if not TYPE_CHECKING:  # so that a name that is not there is still an error for the type checker

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        place = f"services.{_SERVICES[name]}" if name in _SERVICES else "types.compute"
        try:
            found = getattr(importlib.import_module(f"{_NAME}.{place}"), name)
        except (ImportError, AttributeError):  # another release, with other modules: pay for all of it
            found = getattr(_whole(), name)
        globals()[name] = found
        return found


_put_in_place()
