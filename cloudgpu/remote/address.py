"""This computer's address as the internet sees it."""

from __future__ import annotations

import ipaddress
import urllib.request
from collections.abc import Sequence

from cloudgpu.errors import NoRouteError

SERVICES = ("https://checkip.amazonaws.com", "https://ipv4.icanhazip.com")


def public_address(timeout: float = 3, *, services: Sequence[str] = SERVICES) -> str:
    """The public IPv4 address. Each service is given `timeout` seconds; NoRouteError where none gives an address."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # SSH does not go through the proxy either
    heard = []
    for service in services:
        try:
            with direct.open(service, timeout=timeout) as response:
                return str(ipaddress.IPv4Address(response.read(100).decode().strip()))
        except (OSError, ValueError) as error:  # HTTP errors are OSErrors; what is no IPv4 address is a ValueError
            heard.append(f"{service}: {error}")
    raise NoRouteError(
        "This computer's public address is unknown: none of the services that tell it gave an answer.",
        details="\n".join(heard),
        remedy="cloudgpu launch --ssh-cidr ADDRESS/32  # the address from which you will use SSH",
    )
