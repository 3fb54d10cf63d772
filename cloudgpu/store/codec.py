"""A noun as a JSON document, and back: strict in both directions, driven by the nouns' own type hints."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
_Read = Callable[[object], object]


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
    wanted: type = noun
    found = _reader(wanted, noun.__name__.lower())(document)
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
def _reader(wanted: object, where: str) -> _Read:
    """What turns JSON into `wanted`. Made once for each place in a document: `ps` reads thousands of documents."""
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        read = _reader(_only(get_args(wanted)), where)
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        return _list_reader(_reader(get_args(wanted)[0], where), where)
    assert isinstance(wanted, type)  # noqa: S101 - for the type checker
    return _noun_reader(wanted, where) if is_dataclass(wanted) else _scalar_reader(wanted, where)


def _only(options: Iterable[object]) -> object:
    (one,) = (option for option in options if option is not type(None))
    return one


def _list_reader(read: _Read, where: str) -> _Read:
    def read_list(value: object) -> object:
        if not isinstance(value, list):
            raise UnreadableError(f"{where}: {value!r} is no list")
        return tuple([read(one) for one in value])

    return read_list


def _noun_reader(noun: type, where: str) -> _Read:
    readers = {name: _reader(wanted, f"{where}.{name}") for name, wanted in get_type_hints(noun).items()}
    needed = {one.name for one in fields(noun) if one.default is MISSING and one.default_factory is MISSING}

    def read_noun(value: object) -> object:
        if not isinstance(value, dict):
            raise UnreadableError(f"{where}: {value!r} is no object")
        if unknown := sorted(value.keys() - readers.keys()):
            raise NewerError(f"{where}: unknown field {unknown[0]!r}")
        if missing := sorted(needed - value.keys()):
            raise UnreadableError(f"{where}: no field {missing[0]!r}")
        return noun(**{name: readers[name](one) for name, one in value.items()})

    return read_noun


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment


def _scalar_reader(wanted: type, where: str) -> _Read:
    told, make = _FROM_JSON.get(wanted, ((wanted,), None))
    if issubclass(wanted, Enum):
        told, make = (str, int), wanted

    def read_scalar(value: object) -> object:
        if type(value) not in told:
            raise UnreadableError(f"{where}: {value!r} is no {wanted.__name__}")
        try:
            return value if make is None else make(value)
        except (ValueError, InvalidOperation) as error:
            raise UnreadableError(f"{where}: {error}") from error

    return read_scalar


_FROM_JSON: dict[type, tuple[tuple[type, ...], Callable[[Any], object] | None]] = {
    float: ((int, float), lambda value: float(str(value))),
    Decimal: ((str,), Decimal),
    datetime: ((str,), _moment),
}
