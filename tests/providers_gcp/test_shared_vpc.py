"""A network that another project shares: named in full, with its own subnetwork, under its own rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudgpu.errors import NetworkError
from cloudgpu.model import Network
from cloudgpu.providers.gcp import network, sdk
from cloudgpu.providers.gcp.provider import Gcp
from tests.providers_gcp.bed import PROJECT, Bed
from tests.providers_gcp.conftest import MakeSpec

HOST = "projects/host-1/global/networks/lab"


@pytest.mark.parametrize(
    ("name", "project"),
    [
        (HOST, "host-1"),
        (f"https://www.googleapis.com/compute/v1/{HOST}", "host-1"),
        ("projects/example.com:host/global/networks/lab", "example.com:host"),
        ("global/networks/lab", ""),
        ("lab", ""),
        (None, ""),
    ],
)
def test_whose_it_is(name: str | None, project: str) -> None:
    assert network.shared_by(Network(name)) == project


def test_its_subnetworks_are_that_projects(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec, before = replace(make_spec(), network=Network(HOST, "gpu")), len(bed.seen)
    with pytest.raises(NetworkError):  # the embedded cloud has no other project to share one
        gcp.create(spec)
    bodies = [one.body for one in bed.seen[before:] if one.verb == "POST" and one.path.endswith("/instances")]
    assert [body["networkInterfaces"][0]["subnetwork"] for body in bodies] == [
        "projects/host-1/regions/us-central1/subnetworks/gpu"
    ]


def test_nobody_makes_rules_in_anothers_network(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    rule = {"name": "mine", "network": HOST, "allowed": [{"IPProtocol": "tcp"}]}
    refused = bed.post("global/firewalls", rule)
    assert (refused.status_code, "Cross project referencing is not allowed" in refused.text) == (400, True)
    before = len(bed.seen)
    with pytest.raises(NetworkError):
        gcp.create(replace(make_spec(), network=Network(HOST, "gpu")))
    assert not [one for one in bed.seen[before:] if one.verb == "POST" and one.path.endswith("/firewalls")]


def test_a_network_of_this_project_in_full_is_one_of_this_project(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = replace(make_spec(), network=Network(f"projects/{PROJECT}/global/networks/default"))
    gcp.create(spec)
    assert bed.raw(f"global/firewalls/cloudgpu-{spec.launch_id}-ssh").ok


def test_a_network_of_the_oldest_kind_needs_no_subnetwork() -> None:
    known = network.by_name([sdk.Network(name="default", I_pv4_range="10.240.0.0/16")])
    assert known["default"].automatic
    assert network.by_name([sdk.Network(name="lab")])["lab"].automatic is False
