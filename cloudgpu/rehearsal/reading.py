"""Settings come as JSON: each part is what it has to be, or a ValueError says what it is not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def mapping(name: str, value: object, known: frozenset[str] | None = None) -> Mapping[str, Any]:
    """An object, with none but the `known` names where those are given."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} takes an object, not {value!r}")
    if known is not None and (unknown := sorted(set(value) - known)):
        raise ValueError(f"unknown {name} setting {unknown[0]!r}; known are {', '.join(sorted(known))}")
    return value


def flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is true or false, not {value!r}")
    return value


def text(name: str, value: object, among: tuple[str, ...] = ()) -> str:
    """A text that is not empty, one of `among` where there are any."""
    if not isinstance(value, str) or not value or (among and value not in among):
        wanted = f"one of {', '.join(among)}" if among else "a text"
        raise ValueError(f"{name} is {wanted}, not {value!r}")
    return value


def texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{name} takes a list, not {value!r}")
    return tuple(text(f"each of {name}", one) for one in value)


def among(name: str, value: object, known: Collection[str]) -> tuple[str, ...]:
    """A list of what is known."""
    found = texts(name, value)
    if unknown := sorted(set(found) - set(known)):
        raise ValueError(f"{name}: {unknown[0]!r} is none of {', '.join(sorted(known))}")
    return found


def seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ValueError(f"{name} is a number of seconds from 0 on, not {value!r}")
    return float(value)


def number(name: str, value: object) -> float:
    """A number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ValueError(f"{name} takes a number from 0 on, not {value!r}")
    return float(value)


def count(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} is a whole number, not {value!r}")
    return value
