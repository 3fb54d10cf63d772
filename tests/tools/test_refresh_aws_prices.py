"""The tool that reads AWS's Price List, on answers in its format."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

PATH = Path(__file__).resolve().parents[2] / "tools" / "refresh_aws_prices.py"


def _loaded() -> Any:
    spec = spec_from_file_location("refresh_aws_prices", PATH)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = _loaded()


def product(name: str, usd: str, region: str = "us-east-1", *, unit: str = "Hrs", **changes: str) -> dict[str, Any]:
    """One product as `GetProducts` gives it, once its text is read."""
    attributes = {
        "servicecode": "AmazonEC2",
        "location": "US East (N. Virginia)",
        "locationType": "AWS Region",
        "instanceType": name,
        "instanceFamily": "GPU instance",
        "operatingSystem": "Linux",
        "tenancy": "Shared",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
        "marketoption": "OnDemand",
        "usagetype": f"BoxUsage:{name}",
        "operation": "RunInstances",
        "regionCode": region,
        **changes,
    }
    dimension = {
        "unit": unit,
        "beginRange": "0",
        "endRange": "Inf",
        "description": f"${usd} per On Demand Linux {name} Instance Hour",
        "rateCode": "7TVXMFHQR6U7W5CV.JRTCKXETXF.6YS6EN2CT7",
        "appliesTo": [],
        "pricePerUnit": {"USD": usd},
    }
    term = {
        "sku": "7TVXMFHQR6U7W5CV",
        "offerTermCode": "JRTCKXETXF",
        "effectiveDate": "2026-11-01T00:00:00Z",
        "termAttributes": {},
        "priceDimensions": {"7TVXMFHQR6U7W5CV.JRTCKXETXF.6YS6EN2CT7": dimension},
    }
    return {
        "product": {"productFamily": "Compute Instance", "sku": "7TVXMFHQR6U7W5CV", "attributes": attributes},
        "serviceCode": "AmazonEC2",
        "terms": {"OnDemand": {"7TVXMFHQR6U7W5CV.JRTCKXETXF": term}},
        "version": "20261101000000",
        "publicationDate": "2026-11-01T00:00:00Z",
    }


PRODUCTS = [
    product("g4dn.xlarge", "0.5260000000"),
    product("g4dn.12xlarge", "3.9120000000"),
    product("g4dn.xlarge", "0.5870000000", "eu-west-1"),
    product("p5.48xlarge", "55.0400000000"),
    # none of these is what a machine costs that is just started
    product("g4dn.xlarge", "0.5580000000", tenancy="Dedicated"),
    product("g4dn.xlarge", "0.7100000000", operatingSystem="Windows"),
    product("g4dn.xlarge", "0.9000000000", preInstalledSw="SQL Std"),
    product("g4dn.xlarge", "0.6000000000", capacitystatus="UnusedCapacityReservation"),
    product("p5.48xlarge", "1.0000000000", marketoption="CapacityBlock"),
    product("g4dn.xlarge", "0.8000000000", "us-west-2-lax-1", locationType="AWS Local Zone"),
    product("p6-b200.48xlarge", "0.0000000000"),
    product("g6.xlarge", "9.0000000000", unit="Quantity"),
    {**product("g6.xlarge", "9.0000000000"), "terms": {}},
]


def test_only_what_a_machine_costs_that_is_just_started() -> None:
    assert [tuple(row.values()) for row in tool.rows(PRODUCTS)] == [
        ("eu-west-1", "g4dn.xlarge", "0.587", "listed"),
        ("us-east-1", "g4dn.xlarge", "0.526", "listed"),
        ("us-east-1", "g4dn.12xlarge", "3.912", "listed"),
        ("us-east-1", "p5.48xlarge", "55.04", "listed"),
    ]


def test_the_order_of_the_list_does_not_matter_and_the_higher_price_counts() -> None:
    again = [*PRODUCTS, product("g4dn.xlarge", "0.5300000000")]
    assert tool.rows(again) == tool.rows(again[::-1])
    assert tool.rows(again)[1]["usd_hour_on_demand"] == "0.53"


def test_gpu_types_are_told_by_their_names() -> None:
    names = ["m5.large", "g4dn.xlarge", "g4ad.xlarge", "p3.2xlarge", "p3dn.24xlarge", "gr6.4xlarge", "p6-b200.48xlarge"]
    also = ["g2.2xlarge", "g3s.xlarge", "g5g.xlarge", "g", "p5", "inf2.xlarge", "hpc7g.4xlarge"]
    assert tool.gpu_types(names + also) == [
        "g4dn.xlarge",
        "g5g.xlarge",
        "gr6.4xlarge",
        "p3dn.24xlarge",
        "p6-b200.48xlarge",
    ]


class PriceList(BaseHTTPRequestHandler):
    """Every answer in two pages, the type that was asked for and nothing else."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        action = self.headers["X-Amz-Target"].removeprefix("AWSPriceListService.")
        key, found = getattr(self, action)(asked)
        page = found[1:] if asked.get("NextToken") else found[:1]
        told = {key: page} | ({} if asked.get("NextToken") else {"NextToken": "more"})
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def GetAttributeValues(self, asked: dict[str, Any]) -> tuple[str, list[Any]]:
        assert (asked["ServiceCode"], asked["AttributeName"]) == ("AmazonEC2", "instanceType")
        names = dict.fromkeys(one["product"]["attributes"]["instanceType"] for one in PRODUCTS)
        return "AttributeValues", [{"Value": name} for name in ("m5.large", *names)]

    def GetProducts(self, asked: dict[str, Any]) -> tuple[str, list[Any]]:
        wanted = {one["Field"]: one["Value"] for one in asked["Filters"]}
        assert {one["Type"] for one in asked["Filters"]} == {"TERM_MATCH"} and wanted["operatingSystem"] == "Linux"
        fitting = [one for one in PRODUCTS if wanted.items() <= one["product"]["attributes"].items()]
        return "PriceList", [json.dumps(one) for one in fitting]

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def serving() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), PriceList) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(str(files("cloudgpu.data").joinpath(tool.TABLE)), tmp_path)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_CONFIG_FILE": "/nonexistent/config",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return tmp_path


def test_fewer_than_half_of_the_rows_are_not_believed(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (folder / tool.TABLE).read_bytes()
    with serving() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", url)
        assert tool.main(["--folder", str(folder)]) == 1
    assert "Nothing was written" in capsys.readouterr().err
    assert (folder / tool.TABLE).read_bytes() == before
    assert [path.name for path in folder.iterdir()] == [tool.TABLE]


def test_the_table_is_written_with_its_source_and_day(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / tool.TABLE).write_text(f"# date: 2020-01-01\n{','.join(tool.COLUMNS)}\nus-east-1,g4dn.xlarge,9,listed\n")
    with serving() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", url)
        assert tool.main(["--folder", str(folder)]) == 0
    text = (folder / tool.TABLE).read_text().splitlines()
    assert text[0].startswith("# date: 20") and "2020" not in text[0]
    assert text[1].startswith("# source: AWS Price List")
    assert text[3] == "eu-west-1,g4dn.xlarge,0.587,listed"
    assert len(tool.read(folder / tool.TABLE)) == 4
