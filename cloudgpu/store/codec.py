"""A noun as a JSON document, and back: strict in both directions, driven by the nouns' own type hints."""

from __future__ import annotations

import json
import types
from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class UnreadableError(ValueError):
    """Not the noun that was wanted."""


class NewerError(UnreadableError):
    """One with a field that this version does not know."""


def encode(noun: object) -> str:
    """One JSON object; times in RFC 3339 UTC, money as decimal strings."""
    return json.dumps(_plain(noun), separators=(",", ":"), allow_nan=False)


def decode(text: str, noun: type[T]) -> T:
    """The noun again. NewerError or UnreadableError otherwise."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise UnreadableError(str(error)) from error
    found = _read(document, noun, noun.__name__.lower())
    assert isinstance(found, noun)  # noqa: S101 - for the type checker
    return found


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    return value.value if isinstance(value, Enum) else value


@cache
def _hints(noun: type) -> dict[str, object]:
    return get_type_hints(noun)


def _read(value: object, wanted: object, where: str) -> object:
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        return None if value is None else _read(value, _only(get_args(wanted)), where)
    if origin is tuple:
        if not isinstance(value, list):
            raise UnreadableError(f"{where}: {value!r} is no list")
        return tuple(_read(one, get_args(wanted)[0], where) for one in value)
    assert isinstance(wanted, type)  # noqa: S101 - for the type checker
    if is_dataclass(wanted):
        return _read_noun(value, wanted, where)
    return _read_scalar(value, wanted, where)


def _only(options: Iterable[object]) -> object:
    (one,) = (option for option in options if option is not type(None))
    return one


def _read_noun(value: object, noun: type, where: str) -> object:
    if not isinstance(value, dict):
        raise UnreadableError(f"{where}: {value!r} is no object")
    hints = _hints(noun)
    if unknown := sorted(set(value) - set(hints)):
        raise NewerError(f"{where}: unknown field {unknown[0]!r}")
    optional = {one.name for one in fields(noun) if one.default is not MISSING or one.default_factory is not MISSING}
    if missing := sorted(set(hints) - optional - set(value)):
        raise UnreadableError(f"{where}: no field {missing[0]!r}")
    return noun(**{name: _read(one, hints[name], f"{where}.{name}") for name, one in value.items()})


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment


def _read_scalar(value: object, wanted: type, where: str) -> object:
    try:
        if wanted is float and type(value) in (int, float):
            return float(str(value))
        if wanted is Decimal and isinstance(value, str):
            return Decimal(value)
        if wanted is datetime and isinstance(value, str):
            return _moment(value)
        if issubclass(wanted, Enum):
            return wanted(value)
    except (ValueError, InvalidOperation) as error:
        raise UnreadableError(f"{where}: {error}") from error
    if type(value) is wanted:
        return value
    raise UnreadableError(f"{where}: {value!r} is no {wanted.__name__}")
