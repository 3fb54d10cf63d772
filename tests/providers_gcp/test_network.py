"""The network that a machine goes into: chosen, missing, made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cloudgpu.errors import NetworkError, Scope
from cloudgpu.model import Network, Origin
from cloudgpu.protocols import HasNetworks
from cloudgpu.providers.gcp import network, sdk
from cloudgpu.providers.gcp.provider import Gcp
from cloudgpu.testing import samples
from tests.providers_gcp.bed import PROJECT, Bed, ref_of
from tests.providers_gcp.conftest import MakeSpec
from tests.providers_gcp.stranger import Stranger

HERE = samples.offer("us-central1-a")
ELSEWHERE = samples.offer("europe-west4-b")


@pytest.fixture
def lab(bed: Bed) -> Iterator[None]:
    """A second network in the project, with a subnetwork in every region."""
    stranger = Stranger(bed)
    stranger.make("global/networks", {"name": "lab", "autoCreateSubnetworks": True})
    yield
    stranger.remove("global/networks/lab")


@pytest.fixture
def bare(bed: Bed) -> Iterator[None]:
    """A project without the default network."""
    bed.configure({"projects": {PROJECT: {"default_network": False}}})
    yield
    bed.configure({"projects": {PROJECT: {}}})


@pytest.fixture
def fresh(signed_in: pytest.MonkeyPatch) -> Gcp:
    """An account that knows nothing of the project's networks yet."""
    return Gcp(Origin("gcp"))


def test_the_usual_one_is_found_with_one_question(fresh: Gcp, bed: Bed) -> None:
    assert isinstance(fresh, HasNetworks)
    before = len(bed.asked)
    assert [fresh.network(Network(), one) for one in (HERE, ELSEWHERE)] == [Network("default")] * 2
    assert len(bed.asked) == before + 1


def test_without_one_it_says_how_to_come_by_one(fresh: Gcp, bare: None) -> None:
    with pytest.raises(NetworkError) as caught:
        fresh.network(Network(), HERE)
    assert "no network 'default'" in caught.value.brief
    assert "gcloud compute networks create cloudgpu" in caught.value.remedy
    assert "--yes" in caught.value.remedy
    assert caught.value.scope is Scope.ACCOUNT


def test_one_is_made_and_found_again(fresh: Gcp, bed: Bed, bare: None, make_spec: MakeSpec) -> None:
    spec = make_spec()
    try:
        assert fresh.make_network(spec.offer) == Network("cloudgpu")
        assert fresh.make_network(spec.offer) == Network("cloudgpu"), "there already is success"
        chosen = Gcp(Origin("gcp")).network(Network(), spec.offer)
        assert chosen == Network("cloudgpu")
        fresh.create(replace(spec, network=chosen))
        rule = bed.raw(f"global/firewalls/cloudgpu-{spec.launch_id}-ssh").json()
        machine = bed.raw(f"zones/us-central1-a/instances/cloudgpu-{spec.launch_id}").json()
        for one in (rule, machine["networkInterfaces"][0]):
            assert one["network"].endswith("global/networks/cloudgpu")
        fresh.destroy(ref_of(spec))
    finally:
        Stranger(bed).remove("global/networks/cloudgpu")


def test_a_network_by_name(fresh: Gcp, lab: None) -> None:
    assert fresh.network(Network("lab"), HERE) == Network("lab")
    with pytest.raises(NetworkError) as caught:
        fresh.network(Network("lob"), HERE)
    assert "default, lab" in caught.value.brief
    assert caught.value.remedy == "cloudgpu launch --network default"


def test_a_network_of_ones_own_making_has_its_subnetworks_where_it_has_them(fresh: Gcp) -> None:
    part = "https://www.googleapis.com/compute/v1/projects/p/regions/"
    subnets = [f"{part}us-central1/subnetworks/gpu", *(f"{part}us-east1/subnetworks/{one}" for one in ("two", "one"))]
    networks, there, east = fresh._networks, Network("own"), samples.offer("us-east1-c")
    # as the cloud lists it: subnetworks of one's own are nothing that this product makes
    networks._known = network.by_name([sdk.Network(name="own", auto_create_subnetworks=False, subnetworks=subnets)])
    assert networks.network(there, HERE) == there
    assert networks.links(there, HERE)["subnetwork"] == "regions/us-central1/subnetworks/gpu"
    assert networks.network(Network("own", "two"), east) == Network("own", "two")
    assert networks.links(Network("own", "two"), east)["subnetwork"] == "regions/us-east1/subnetworks/two"
    for wanted, offer, words, remedy in (
        (there, ELSEWHERE, "has no subnetwork in europe-west4", "gcloud compute networks subnets create"),
        (there, east, "has several subnetworks in us-east1", "cloudgpu launch --network own --subnet one"),
        (Network("own", "gpo"), HERE, "has no subnetwork 'gpo'", "cloudgpu launch --network own --subnet gpu"),
    ):
        with pytest.raises(NetworkError, match=words) as caught:
            networks.network(wanted, offer)
        assert caught.value.remedy.startswith(remedy)
        assert caught.value.scope is Scope.REGION


def test_a_shared_network_is_taken_at_its_word(fresh: Gcp) -> None:
    shared = Network("projects/host/global/networks/shared", "projects/host/regions/us-central1/subnetworks/gpu")
    assert fresh.network(shared, HERE) == shared
    assert fresh._networks.links(shared, HERE) == {"network": shared.name, "subnetwork": shared.subnet}


def test_who_may_not_list_networks_is_not_in_the_way(fresh: Gcp, bed: Bed) -> None:
    bed.configure({"projects": {PROJECT: {"denied": ["compute.networks.list"]}}})
    try:
        assert fresh.network(Network(), HERE) == Network("default")
        assert fresh.network(Network("lab", "gpu"), HERE) == Network("lab", "gpu")
    finally:
        bed.configure({"projects": {PROJECT: {}}})


def test_a_launch_that_goes_on_in_another_network_gets_its_rule_there(
    fresh: Gcp, bed: Bed, lab: None, make_spec: MakeSpec
) -> None:
    spec = make_spec()
    fresh.create(spec)
    machine = f"zones/us-central1-a/instances/cloudgpu-{spec.launch_id}"
    Stranger(bed).remove(machine)
    Gcp(Origin("gcp")).create(replace(spec, network=Network("lab"), attempt=1))
    rule = bed.raw(f"global/firewalls/cloudgpu-{spec.launch_id}-ssh").json()
    assert rule["network"].endswith("/lab")
    fresh.destroy(ref_of(spec))
