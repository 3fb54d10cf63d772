"""The house keeps its own rules. What each rule means, and that it turns red, is in tests/house."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

from tests.house import errors, layers, libraries, manners, sizes, traces
from tests.house.tree import Tree, read

ROOT = Path(__file__).resolve().parents[1]


@cache
def house() -> Tree:
    return read(ROOT)


def nothing(found: Iterator[str]) -> None:
    lines = list(found)
    assert not lines, "\n".join(["", *lines])


def test_imports_only_go_down() -> None:
    nothing(layers.wrong_directions(house()))


def test_nobody_imports_in_a_circle() -> None:
    nothing(layers.cycles(house()))


def test_every_library_is_at_home() -> None:
    nothing(libraries.strangers(house()))


def test_slow_libraries_are_loaded_late() -> None:
    nothing(libraries.slow_starts(house()))


def test_every_error_has_a_remedy() -> None:
    nothing(errors.without_remedy(house()))


def test_every_exit_status_is_in_the_contract() -> None:
    nothing(errors.unknown_statuses(house()))


def test_manners() -> None:
    nothing(manners.findings(house()))


def test_files_are_small() -> None:
    nothing(sizes.too_long(ROOT))
    assert median(sizes.lengths(ROOT).values()) <= sizes.MEDIAN


def test_nothing_of_one_machine_is_left_behind() -> None:
    nothing(traces.left_behind(ROOT))
