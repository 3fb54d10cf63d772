"""Machine types that are not sold like the others, and accelerators that are sold nowhere any more."""

from __future__ import annotations

import pytest

from cloudgpu.rehearsal.gce import catalogue
from tests.rehearsal_gce.asking import ZONE, Api, Json, instance
from tests.rehearsal_gce.test_admission import SPOT, gpu


def sold_in(name: str) -> str:
    """A zone that has it."""
    return next(zone for zone, kinds in catalogue.machine_types().items() if name in kinds)


def whole(name: str, zone: str, disk_type: str = "hyperdisk-balanced", **changes: object) -> Json:
    nic = {"nicType": "GVNIC", "network": "global/networks/default"}
    body = instance(
        zone=zone, machineType=f"zones/{zone}/machineTypes/{name}", guestAccelerators=[], networkInterfaces=[nic]
    )
    body["disks"][0]["initializeParams"]["diskType"] = f"zones/{zone}/diskTypes/{disk_type}"
    return {**body, **changes}


@pytest.mark.parametrize("name", ["a3-ultragpu-8g", "a4-highgpu-8g"])
def test_not_on_demand(api: Api, name: str) -> None:
    zone = sold_in(name)
    status, reason, said = api.not_made(whole(name, zone), zone)
    assert (status, reason) == (400, "invalid")
    assert f"{name} can be created with the provisioning models [SPOT, FLEX_START, RESERVATION_BOUND] only." in said
    refused = api.not_made(whole(name, zone, "pd-balanced", scheduling=SPOT), zone)
    assert refused[2] == f"pd-balanced disk type cannot be used by {name} machine type."
    assert "error" not in api.insert(whole(name, zone, scheduling=SPOT), zone)
    assert api.get(f"/zones/{zone}/machineTypes/{name}")["accelerators"][0]["guestAcceleratorCount"] == 8


def test_the_largest_h100_machine_is_sold_on_demand(api: Api) -> None:
    zone = sold_in("a3-megagpu-8g")
    assert "error" not in api.insert(whole("a3-megagpu-8g", zone, "pd-balanced"), zone)
    assert api.get(f"/zones/{zone}/instances/one")["guestAccelerators"][0]["acceleratorCount"] == 8


def test_k80s_are_no_more(api: Api) -> None:
    said = f"The resource 'projects/{api.project}/zones/{ZONE}/acceleratorTypes/nvidia-tesla-k80' was not found"
    assert api.not_made(instance(guestAccelerators=gpu("nvidia-tesla-k80", 1))) == (404, "notFound", said)
    kinds = [one["name"] for one in api.get(f"/zones/{ZONE}/acceleratorTypes")["items"]]
    assert "nvidia-tesla-k80" not in kinds


def test_every_row_of_the_table_can_be_read() -> None:
    """Also those whose prices nobody knows."""
    for zone, kinds in catalogue.machine_types().items():
        assert all(one.hourly >= 0 and one.hourly_spot >= 0 for one in kinds.values()), zone
