"""The tool that sums up Google's prices from their parts, on a catalogue in Google's format."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

PATH = Path(__file__).resolve().parents[2] / "tools" / "refresh_gcp_prices.py"
IOWA = ["us-central1", "us-west1"]


def _loaded() -> Any:
    spec = spec_from_file_location("refresh_gcp_prices", PATH)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = _loaded()


def sku(description: str, usd: str, *, usage: str = "OnDemand", unit: str = "h", regions: list[str] = IOWA) -> Any:
    """One SKU as `services.skus.list` gives it."""
    units, _, nanos = usd.partition(".")
    return {
        "name": "services/6F81-5844-456A/skus/0000-1111-2222",
        "skuId": "0000-1111-2222",
        "description": description,
        "category": {
            "serviceDisplayName": "Compute Engine",
            "resourceFamily": "Compute",
            "resourceGroup": "GPU",
            "usageType": usage,
        },
        "serviceRegions": regions,
        "pricingInfo": [
            {
                "summary": "",
                "pricingExpression": {
                    "usageUnit": unit,
                    "displayQuantity": 1,
                    "tieredRates": [
                        {
                            "startUsageAmount": 0,
                            "unitPrice": {"currencyCode": "USD", "units": units, "nanos": int(nanos.ljust(9, "0"))},
                        }
                    ],
                },
                "effectiveTime": "2026-11-01T00:00:00.000Z",
            }
        ],
        "serviceProviderName": "Google",
    }


SKUS = [
    sku("N1 Predefined Instance Core running in Americas", "0.031611"),
    sku("N1 Predefined Instance Ram running in Americas", "0.004237", unit="GiBy.h"),
    sku("Spot Preemptible N1 Predefined Instance Core running in Americas", "0.01115", usage="Preemptible"),
    sku(
        "Spot Preemptible N1 Predefined Instance Ram running in Americas",
        "0.001494",
        usage="Preemptible",
        unit="GiBy.h",
    ),
    sku("Nvidia Tesla T4 GPU running in Americas", "0.35"),
    sku("Nvidia Tesla T4 GPU attached to Spot Preemptible VMs running in Americas", "0.175", usage="Preemptible"),
    sku("A3 Instance Core running in Americas", "0.02"),
    sku("A3 Instance Ram running in Americas", "0.002", unit="GiBy.h"),
    sku("Nvidia H100 80GB GPU running in Americas", "9.8"),
    sku("A3Plus Instance Core running in Americas", "0.03"),
    sku("A3Plus Instance Ram running in Americas", "0.003", unit="GiBy.h"),
    sku("Nvidia H100 80GB Plus GPU running in Americas", "10.3"),
    sku("SSD backed Local Storage", "0.08", unit="GiBy.mo"),
    sku("A4 Nvidia B200 (1 gpu slice) running in Americas", "16.11"),
    sku("Spot Preemptible A4 Nvidia B200 (1 gpu slice) running in Americas", "4.9542"),
    # none of these is what a machine costs that is just started
    sku("Nvidia H100 80GB GPU attached to DWS Defined Duration VMs running in Americas", "4.2"),
    sku("DWS Defined Duration A3 Core running in Americas", "0.01"),
    sku("Reserved Nvidia H100 80GB Mega GPU in Americas in Calendar Mode", "4.8"),
    sku("Commitment v1: Nvidia H100 80GB GPU running in Americas for 1 Year", "5.5", usage="Commit1Yr"),
    sku("N1 Predefined Instance Core running in Americas", "0.01", usage="Commit1Yr"),
    sku("Nvidia Tesla T4 GPU attached to Sole Tenancy VMs running in Americas", "0.5"),
    sku("Reserved Nvidia Tesla T4 GPU in Milan", "0.0", regions=["europe-west8"]),
    sku("Nvidia Tesla T4 GPU running in Milan", "0.0", regions=["europe-west8"]),
    sku("N1 Predefined Instance Ram running in Milan", "0.005", unit="GiBy.mo", regions=["europe-west8"]),
]


def shape(
    machine_type: str, vcpus: int, memory: float, card: str = "", count: float = 0, ssd: int = 0
) -> dict[str, str]:
    return {
        "region": "somewhere",
        "machine_type": machine_type,
        "vcpus": str(vcpus),
        "memory_gb": str(memory),
        "accelerator": card,
        "gpu_count": str(count),
        "gpu_memory_gb": "80",
        "local_ssd_gb": str(ssd),
        "usd_hour_on_demand": "1",
        "usd_hour_spot": "1",
    }


SHAPES = [
    shape("n1-standard-4", 4, 15),
    shape("a3-highgpu-8g", 208, 1872, "nvidia-h100-80gb", 8, 6000),
    shape("a3-megagpu-8g", 208, 1872, "nvidia-h100-mega-80gb", 8, 6000),
    shape("a4-highgpu-8g", 224, 3968, "nvidia-b200", 8, 12000),
    shape("g2-standard-4", 4, 16, "nvidia-l4", 1),
]
CARDS = [
    {"accelerator": "nvidia-tesla-t4", "region": "us-central1", "zones": "us-central1-a us-central1-b"},
    {"accelerator": "nvidia-tesla-p4", "region": "us-central1", "zones": "us-central1-a"},
]


def priced(skus: list[Any]) -> dict[str, tuple[str, str]]:
    machines, _ = tool.tables(skus, SHAPES, CARDS)
    return {
        row["machine_type"]: (row["usd_hour_on_demand"], row["usd_hour_spot"])
        for row in machines
        if row["region"] == "us-central1"
    }


def test_a_machine_costs_what_its_parts_cost() -> None:
    found = priced(SKUS)
    ssd = Decimal("0.08") * 6000 / 730
    assert found["n1-standard-4"] == ("0.189999", "0.06701")
    whole = Decimal(208) * Decimal("0.02") + Decimal(1872) * Decimal("0.002") + 8 * Decimal("9.8") + ssd
    assert Decimal(found["a3-highgpu-8g"][0]) == whole.quantize(Decimal("0.000001"))


def test_a_mega_has_its_own_parts_and_those_of_a3_where_it_has_none() -> None:
    ssd = Decimal("0.08") * 6000 / 730
    own = Decimal("208") * Decimal("0.03") + 1872 * Decimal("0.003") + 8 * Decimal("10.3") + ssd
    assert Decimal(priced(SKUS)["a3-megagpu-8g"][0]) == own.quantize(Decimal("0.000001"))
    without = [one for one in SKUS if "A3Plus" not in one["description"]]
    borrowed = Decimal("208") * Decimal("0.02") + 1872 * Decimal("0.002") + 8 * Decimal("10.3") + ssd
    assert Decimal(priced(without)["a3-megagpu-8g"][0]) == borrowed.quantize(Decimal("0.000001"))


def test_a_slice_is_the_whole_and_its_words_say_that_it_is_spot() -> None:
    assert priced(SKUS)["a4-highgpu-8g"] == ("128.88", "39.6336")


def test_what_has_a_part_without_a_price_has_none() -> None:
    found = priced(SKUS)
    assert "g2-standard-4" not in found
    assert found["a3-highgpu-8g"][1] == ""


def test_attached_gpus_keep_their_zones() -> None:
    _, cards = tool.tables(SKUS, SHAPES, CARDS)
    assert [tuple(one.values()) for one in cards] == [
        ("nvidia-tesla-t4", "us-central1", "us-central1-a us-central1-b", "0.35", "0.175"),
        ("nvidia-tesla-t4", "us-west1", "", "0.35", "0.175"),
    ]


def test_the_order_of_the_catalogue_does_not_matter_and_the_higher_price_counts() -> None:
    again = [*SKUS, sku("Nvidia Tesla T4 GPU running in Americas", "0.40")]
    forth, back = tool.tables(again, SHAPES, CARDS), tool.tables(again[::-1], SHAPES, CARDS)
    assert forth == back
    assert forth[1][0]["usd_gpu_hour_on_demand"] == "0.4"


class Catalogue(BaseHTTPRequestHandler):
    """Two pages, for whoever has the key."""

    skus: list[Any] = SKUS

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        first = "pageToken" not in query
        document = {"skus": self.skus[:9] if first else self.skus[9:], "nextPageToken": "more" if first else ""}
        good = (query.get("key"), query.get("currencyCode")) == ("k", "USD")
        self.send_response(200 if good else 403)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def serving() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Catalogue) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/skus"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (tool.MACHINES, tool.ATTACHED):
        shutil.copy(str(files("cloudgpu.data").joinpath(name)), tmp_path)
    return tmp_path


def test_fewer_than_half_of_the_rows_are_not_believed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / tool.MACHINES).read_bytes()
    with serving() as url:
        assert tool.main(["--key", "k", "--url", url, "--folder", str(folder)]) == 1
    assert "Nothing was written" in capsys.readouterr().err
    assert (folder / tool.MACHINES).read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == sorted([tool.MACHINES, tool.ATTACHED])


def test_the_tables_are_written_with_their_source_and_day(folder: Path) -> None:
    (folder / tool.MACHINES).write_text("\n".join([",".join(SHAPES[0]), *(",".join(one.values()) for one in SHAPES)]))
    (folder / tool.ATTACHED).write_text(
        "# date: 2020-01-01\naccelerator,region,zones,usd_gpu_hour_on_demand,usd_gpu_hour_spot\n"
        "nvidia-tesla-t4,us-central1,us-central1-a,9,9\n"
    )
    with serving() as url:
        assert tool.main(["--key", "k", "--url", url, "--folder", str(folder)]) == 0
    text = (folder / tool.ATTACHED).read_text().splitlines()
    assert text[0].startswith("# date: 20") and "2020" not in text[0]
    assert text[1].startswith("# source: Cloud Billing Catalog")
    assert text[3] == "nvidia-tesla-t4,us-central1,us-central1-a,0.35,0.175"
    assert [row["machine_type"] for row in tool.read(folder / tool.MACHINES)][:2] == ["a3-highgpu-8g", "a3-megagpu-8g"]
