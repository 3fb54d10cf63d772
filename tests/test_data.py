"""The dated tables say where they are from, and of which day."""

from __future__ import annotations

from datetime import date

import pytest

from cloudgpu import data


@pytest.mark.parametrize("name", data.SOURCES)
def test_every_table_has_a_day(name: str) -> None:
    assert date.fromisoformat(data.SOURCES[name]) < date(2100, 1, 1)
    assert data.table(name)


@pytest.mark.parametrize("name", [name for name in data.SOURCES if name.startswith("gcp")])
def test_googles_say_it_themselves(name: str) -> None:
    assert data.source(name)["date"] == (data.SOURCES[name],)
    assert all(len(text) > 20 for text in data.source(name)["source"])


def test_comments_are_no_rows() -> None:
    assert data.source("aws_gpu_instances") == {}
    for row in data.table("gcp_machine_prices"):
        assert not row["region"].startswith("#")
        assert None not in row.values()
