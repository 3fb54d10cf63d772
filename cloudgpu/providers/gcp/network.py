"""The networks of a project: the one a machine goes into, and how one is made where there is none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cloudgpu.errors import NetworkError, PermissionError_, PolicyError, ProviderError, Scope
from cloudgpu.model import Network, Offer
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.operations import finish, insist
from cloudgpu.providers.gcp.refusals import EXISTS
from cloudgpu.providers.gcp.session import Session

USUAL, OURS = "default", "cloudgpu"


@dataclass(frozen=True, slots=True)
class _Known:
    """`subnets`: region -> names. `automatic`: it has one, of its own name, in every region, or is of the oldest kind,
    which has none and needs none."""

    automatic: bool
    subnets: dict[str, list[str]]


class Networks:
    """What the project has is asked for once in the life of this object."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, _Known] | None = None

    def network(self, wanted: Network, offer: Offer) -> Network:
        """As `protocols.HasNetworks`: the wanted one, else `default`, else the one that `make_network` made.

        A name with a slash is another project's (a Shared VPC) and taken as it is, as is everything where the account
        may not list networks.
        """
        there = self._there()
        if there is None or "/" in (wanted.name or ""):
            return Network(wanted.name or USUAL, wanted.subnet)
        name = wanted.name or next((one for one in (USUAL, OURS) if one in there), None)
        if name is None or name not in there:
            raise self._missing(name, sorted(there))
        if not there[name].automatic or wanted.subnet:
            self._subnet(name, wanted.subnet, there[name], offer.region)
        return Network(name, wanted.subnet)

    def make_network(self, offer: Offer) -> Network:
        """As `protocols.HasNetworks`: `cloudgpu`, with a subnetwork in every region and no door open in it."""
        body = {
            "name": OURS,
            "description": "cloudgpu: made because the project had no network",
            "auto_create_subnetworks": True,
            "mtu": 1460,
        }
        insert = self._session.client(sdk.NetworksClient).insert_unary
        try:
            finish(self._session, insist(lambda: self._session.write(insert, network_resource=body)))
        except ProviderError as error:
            if error.code not in EXISTS:
                raise
        self._known = None
        return self.network(Network(OURS), offer)

    def links(self, wanted: Network, offer: Offer) -> dict[str, str]:
        """`network` and, where it has to be said, `subnetwork`, as an interface names them."""
        name = wanted.name or USUAL
        links = {"network": path(wanted)}
        subnet = wanted.subnet
        if wanted.name and not subnet and "/" not in name and (there := self._there()) is not None:
            known = there.get(name)
            subnet = self._subnet(name, None, known, offer.region) if known and not known.automatic else None
        if subnet:
            place = f"regions/{offer.region}/subnetworks/{subnet}"
            where = f"projects/{shared_by(wanted)}/" if shared_by(wanted) else ""
            links["subnetwork"] = subnet if "/" in subnet else where + place
        return links

    def _there(self) -> dict[str, _Known] | None:
        """By name; None where this account may not know."""
        if self._known is None:
            try:
                found = self._session.pages(self._session.client(sdk.NetworksClient).list)
            except PolicyError:
                raise
            except PermissionError_:
                return None
            self._known = by_name(found)
        return self._known

    def _subnet(self, name: str, wanted: str | None, known: _Known, region: str) -> str:
        """The subnetwork for a machine in the region. NetworkError with the scope of the region."""
        here = known.subnets.get(region, [])
        if wanted and ("/" in wanted or wanted in here):
            return wanted
        if not wanted and len(here) == 1:
            return here[0]
        what = f"has no subnetwork {wanted!r}" if wanted else "has several subnetworks" if here else "has no subnetwork"
        add = f"gcloud compute networks subnets create NAME --network {name} --region {region} --range 10.0.0.0/20"
        error = NetworkError(
            f"Network {name} {what} in {region}.",
            remedy=f"cloudgpu launch --network {name} --subnet {sorted(here)[0]}"
            if here
            else f"{add} --project {self._session.project}",
            details=f"{name} in {region}: {', '.join(sorted(here)) or 'nothing'}",
        )
        error.scope = Scope.REGION
        raise error

    def _missing(self, name: str | None, there: list[str]) -> NetworkError:
        project = self._session.project
        make = f"gcloud compute networks create {OURS} --subnet-mode=auto --project {project}"
        return NetworkError(
            f"Project {project} has no network {name or USUAL!r}"
            + (f"; it has {', '.join(there)}." if there else ", and no other."),
            remedy=f"cloudgpu launch --network {there[0]}"
            if there
            else f"{make}  (cloudgpu launch --yes makes it for you)",
            details=f"networks of {project}: {', '.join(there) or 'none'}",
        )


def path(network: Network) -> str:
    """The network's partial URL."""
    name = network.name or USUAL
    return name if "/" in name else f"global/networks/{name}"


def shared_by(network: Network) -> str:
    """The project that shares it (a Shared VPC), by its own word; empty for one that is named without a project."""
    found = re.search(r"(?:^|/)projects/([^/]+)/global/networks/", network.name or "")
    return found[1] if found else ""


def by_name(found: Iterable[sdk.Network]) -> dict[str, _Known]:
    """What a list of networks tells."""
    return {
        str(one.name): _Known(bool(one.auto_create_subnetworks or one.I_pv4_range), _by_region(one.subnetworks))
        for one in found
    }


def _by_region(links: Iterable[str]) -> dict[str, list[str]]:
    subnets: dict[str, list[str]] = {}
    for link in links:
        region, _, name = link.rpartition("/regions/")[2].partition("/subnetworks/")
        subnets.setdefault(region, []).append(name)
    return subnets
