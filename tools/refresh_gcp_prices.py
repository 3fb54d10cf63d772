"""Write the price tables of Google Cloud anew from the Cloud Billing Catalog.

    python tools/refresh_gcp_prices.py [--key KEY] [--folder cloudgpu/data]

KEY is an API key for cloudbilling.googleapis.com; without one (nor $GOOGLE_API_KEY) the application default credentials
are used. Which machine types there are, and what they are made of, is read from the table that is there; what each
costs in each region is summed up from its parts: vCPUs, memory, GPUs and local disks. Nothing is written when fewer
than half as many rows come out as there were.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

URL = "https://cloudbilling.googleapis.com/v1/services/6F81-5844-456A/skus"
MACHINES, ATTACHED = "gcp_machine_prices.csv", "gcp_gpu_attach_prices.csv"
HOURS_A_MONTH = 730  # of the price list
Row = dict[str, str]
Part = tuple[str, str, bool]  # what, in which region, whether as spot
Prices = Mapping[Part, Decimal]

# contracts, reservations and the schedulers' discounts cost something else than a machine that is just started
_OTHER_TERMS = re.compile(
    r"\b(commitment|reserved|calendar mode|dws|sole tenancy|premium|upgrade|custom|vws|workstation|licen[cs]"
    r"|capacity optimized|overcommit)",
    re.IGNORECASE,
)
_SPOT = re.compile(r"^spot preemptible | attached to spot preemptible vms\b|^preemptible ", re.IGNORECASE)
_WHERE = re.compile(r"\s+(?:running\s+)?in\s+.+$", re.IGNORECASE)
# how a SKU begins once the above is taken off -> what it is
_PARTS = {
    "n1 predefined instance core": "n1 core",
    "n1 predefined instance ram": "n1 ram",
    "a2 instance core": "a2 core",
    "a2 instance ram": "a2 ram",
    "a3 instance core": "a3 core",
    "a3 instance ram": "a3 ram",
    "a3plus instance core": "a3-mega core",
    "a3plus instance ram": "a3-mega ram",
    "a3ultra instance core": "a3-ultra core",
    "a3ultra instance ram": "a3-ultra ram",
    "g2 instance core": "g2 core",
    "g2 instance ram": "g2 ram",
    "g4 instance core": "g4 core",
    "g4 instance ram": "g4 ram",
    "nvidia tesla t4 gpu": "nvidia-tesla-t4",
    "nvidia tesla p4 gpu": "nvidia-tesla-p4",
    "nvidia tesla p100 gpu": "nvidia-tesla-p100",
    "nvidia tesla v100 gpu": "nvidia-tesla-v100",
    "nvidia l4 gpu": "nvidia-l4",
    "nvidia tesla a100 gpu": "nvidia-tesla-a100",
    "nvidia tesla a100 80gb gpu": "nvidia-a100-80gb",
    "nvidia h100 80gb gpu": "nvidia-h100-80gb",
    "nvidia h100 80gb mega gpu": "nvidia-h100-mega-80gb",
    "nvidia h100 80gb plus gpu": "nvidia-h100-mega-80gb",
    "nvidia h100 mega 80gb gpu": "nvidia-h100-mega-80gb",
    "h200 141gb gpu": "nvidia-h200-141gb",
    "nvidia h200 141gb gpu": "nvidia-h200-141gb",
    "a4 nvidia b200 (1 gpu slice)": "nvidia-b200",
    "rtx 6000 96gb": "nvidia-rtx-pro-6000",
    "ssd backed local storage": "local ssd",
}
# in which unit a price has to be; GiBy.mo is divided by the hours of a month
_UNITS = {"core": "h", "ram": "GiBy.h", "ssd": "GiBy.mo"}


def tables(
    skus: Iterable[Mapping[str, Any]], machines: Sequence[Row], attached: Sequence[Row]
) -> tuple[list[Row], list[Row]]:
    """The rows of both tables, prices and regions from `skus`, machine types and GPUs from the rows there were."""
    prices = parts(skus)
    shapes = {row["machine_type"]: row for row in machines}
    regions = sorted({region for _, region, _ in prices})
    places = {(row["accelerator"], row["region"]): row["zones"] for row in attached}
    found = [
        {**shape, "region": region, "usd_hour_on_demand": _text(usd), "usd_hour_spot": _text(spot)}
        for region in regions
        for shape in shapes.values()
        for usd, spot in [(_sum(shape, region, prices, spot=False), _sum(shape, region, prices, spot=True))]
        if usd is not None or spot is not None
    ]
    cards = [
        {
            "accelerator": card,
            "region": region,
            "zones": places.get((card, region), ""),
            "usd_gpu_hour_on_demand": _text(prices.get((card, region, False))),
            "usd_gpu_hour_spot": _text(prices.get((card, region, True))),
        }
        for card in dict.fromkeys(row["accelerator"] for row in attached)
        for region in regions
        if (card, region, False) in prices or (card, region, True) in prices
    ]
    return sorted(found, key=_order), cards


def parts(skus: Iterable[Mapping[str, Any]]) -> Prices:
    """USD per hour of each part. Of two prices for the same the higher counts: better too dear than a surprise."""
    found: dict[Part, Decimal] = {}
    for sku in skus:
        description = sku["description"]
        stem = _WHERE.sub("", _SPOT.sub("", description)).strip().lower()
        part = _PARTS.get(stem)
        usd = _hourly(sku, _UNITS.get(part.rpartition(" ")[2], "h")) if part else None
        if part is None or not usd or _OTHER_TERMS.search(description):
            continue
        # some spot prices are filed as OnDemand: their words say what they are
        spot = sku["category"]["usageType"] == "Preemptible" or bool(_SPOT.search(description))
        if sku["category"]["usageType"] not in ("OnDemand", "Preemptible"):
            continue
        for region in sku["serviceRegions"]:
            key = (part, region, spot)
            found[key] = max(usd, found.get(key, usd))
    return found


def _hourly(sku: Mapping[str, Any], unit: str) -> Decimal | None:
    """Of the newest price that is in force; None for a price of anything else than an hour of the unit."""
    expression = sku["pricingInfo"][-1]["pricingExpression"] if sku.get("pricingInfo") else {}
    if expression.get("usageUnit") != unit or not expression.get("tieredRates"):
        return None
    money = expression["tieredRates"][-1]["unitPrice"]
    usd = Decimal(money.get("units") or 0) + Decimal(money.get("nanos") or 0) / 10**9
    return usd / HOURS_A_MONTH if unit == "GiBy.mo" else usd


def _sum(shape: Row, region: str, prices: Prices, *, spot: bool) -> Decimal | None:
    """The whole machine; None where one of its parts has no price."""
    needed = [
        (amount, next((prices[name, region, spot] for name in names if (name, region, spot) in prices), None))
        for names, amount in _made_of(shape)
        if amount
    ]
    known = [amount * usd for amount, usd in needed if usd is not None]
    return sum(known, Decimal(0)) if len(known) == len(needed) else None


def _made_of(shape: Row) -> Iterator[tuple[tuple[str, ...], Decimal]]:
    """Names for each part, the best first, and how much of it there is."""
    family, _, rest = shape["machine_type"].partition("-")
    special = {"megagpu": "a3-mega", "ultragpu": "a3-ultra"}.get(rest.partition("-")[0]) if family == "a3" else None
    yield (shape["accelerator"],), Decimal(shape["gpu_count"])
    if family == "a4":  # sold by the slice, with all that belongs to it
        return
    for part, column in (("core", "vcpus"), ("ram", "memory_gb")):
        # before A3 Mega and Ultra had prices of their own, they had those of A3
        names = (f"{special} {part}", f"{family} {part}") if special else (f"{family} {part}",)
        yield names, Decimal(shape[column])
    yield ("local ssd",), Decimal(shape["local_ssd_gb"])


def _order(row: Row) -> tuple[str, str, int]:
    return row["region"], row["machine_type"].rpartition("-")[0], int(row["vcpus"])


def _text(usd: Decimal | None) -> str:
    return "" if usd is None else f"{usd.quantize(Decimal('0.000001')).normalize():f}"


def fetched(url: str, key: str | None) -> list[dict[str, Any]]:
    """All SKUs of Compute Engine, page by page."""
    headers = {} if key else {"Authorization": f"Bearer {_token()}"}
    skus: list[dict[str, Any]] = []
    page = ""
    while True:
        query = {"currencyCode": "USD", "pageSize": "5000", "pageToken": page} | ({"key": key} if key else {})
        request = urllib.request.Request(f"{url}?{urllib.parse.urlencode(query)}", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            document = json.load(answer)
        skus += document.get("skus", [])
        page = document.get("nextPageToken", "")
        if not page:
            return skus


def _token() -> str:
    import google.auth
    from google.auth.transport.requests import Request

    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    credentials.refresh(Request())
    return str(credentials.token)


def read(path: Path) -> list[Row]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def write(path: Path, rows: Sequence[Row], columns: Sequence[str]) -> None:
    day = datetime.now(timezone.utc).date().isoformat()
    partial = path.with_suffix(".new")
    with partial.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# date: {day}\n# source: Cloud Billing Catalog, {URL.partition('//')[2]}\n")
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    partial.replace(path)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--key", default=os.environ.get("GOOGLE_API_KEY"))
    parser.add_argument("--url", default=URL)
    parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parents[1] / "cloudgpu" / "data")
    given = parser.parse_args(arguments)
    before = {name: read(given.folder / name) for name in (MACHINES, ATTACHED)}
    after = dict(zip(before, tables(fetched(given.url, given.key), *before.values()), strict=True))
    for name, rows in after.items():
        print(f"{name}: {len(rows)} rows for {len(before[name])}")
        if len(rows) < len(before[name]) / 2:
            print("That cannot be. Nothing was written.", file=sys.stderr)
            return 1
    for name, rows in after.items():
        write(given.folder / name, rows, list(before[name][0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
