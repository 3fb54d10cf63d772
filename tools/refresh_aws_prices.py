"""Write the price table of AWS anew from its Price List.

    python tools/refresh_aws_prices.py [--profile PROFILE] [--folder cloudgpu/data]

It takes credentials that may call `pricing:GetProducts` and `pricing:GetAttributeValues`; both cost nothing. What every
GPU instance type costs on demand, with Linux, in each region that has it, is written down as listed: where it is not
listed there is no row. Nothing is written when fewer than half as many rows come out as there were.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from botocore.client import BaseClient

TABLE = "aws_gpu_prices.csv"
COLUMNS = ("region", "instance_type", "usd_hour_on_demand", "basis")
# the Price List answers in three regions only
WHERE = "us-east-1"
Row = dict[str, str]

_GPUS = re.compile(r"(g|gr|p)\d")
# retired, or of another maker
_NOT_THESE = ("g2.", "g3.", "g3s.", "g4ad.", "p2.", "p3.")
# of a machine that is just started: no dedicated one, no licence, no reservation, no block of days
_TERMS = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "marketoption": "OnDemand",
}


def rows(products: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The table's rows, by region and instance type. Of two prices for the same the higher counts: better too dear
    than a surprise."""
    found: dict[tuple[str, str], Decimal] = {}
    for product in products:
        told = product["product"]["attributes"]
        if told.get("locationType") != "AWS Region" or any(told.get(key) != word for key, word in _TERMS.items()):
            continue
        key = (told["regionCode"], told["instanceType"])
        for usd in _hourly(product):
            found[key] = max(usd, found.get(key, usd))
    return [
        {"region": region, "instance_type": name, "usd_hour_on_demand": f"{usd.normalize():f}", "basis": "listed"}
        for (region, name), usd in sorted(found.items(), key=_order)
    ]


def _hourly(product: Mapping[str, Any]) -> Iterator[Decimal]:
    """USD per hour; what costs nothing is sold in another way."""
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for price in term["priceDimensions"].values():
            usd = Decimal(price["pricePerUnit"].get("USD") or 0)
            if price["unit"] == "Hrs" and usd:
                yield usd


def _order(item: tuple[tuple[str, str], Decimal]) -> tuple[str, str, Decimal]:
    (region, name), usd = item
    return region, name.partition(".")[0], usd


def gpu_types(names: Iterable[str]) -> list[str]:
    """The instance types that may have NVIDIA GPUs, by their names."""
    return sorted(name for name in names if _GPUS.match(name) and "." in name and not name.startswith(_NOT_THESE))


def fetched(client: BaseClient) -> Iterator[dict[str, Any]]:
    """The products of every GPU instance type, in all regions, one type at a time."""
    values = client.get_paginator("get_attribute_values").paginate(
        ServiceCode="AmazonEC2", AttributeName="instanceType"
    )
    for name in gpu_types(value["Value"] for page in values for value in page["AttributeValues"]):
        wanted = {**_TERMS, "instanceType": name}
        filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()]
        for page in client.get_paginator("get_products").paginate(ServiceCode="AmazonEC2", Filters=filters):
            yield from map(json.loads, page["PriceList"])


def read(path: Path) -> list[Row]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def write(path: Path, found: Sequence[Row]) -> None:
    day = datetime.now(timezone.utc).date().isoformat()
    partial = path.with_suffix(".new")
    with partial.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# date: {day}\n# source: AWS Price List, pricing:GetProducts in {WHERE}\n")
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(found)
    partial.replace(path)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--profile")
    parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parents[1] / "cloudgpu" / "data")
    given = parser.parse_args(arguments)
    path = given.folder / TABLE
    before = read(path)
    after = rows(fetched(boto3.Session(profile_name=given.profile).client("pricing", region_name=WHERE)))
    print(f"{TABLE}: {len(after)} rows for {len(before)}")
    if len(after) < len(before) / 2:
        print("That cannot be. Nothing was written.", file=sys.stderr)
        return 1
    write(path, after)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
