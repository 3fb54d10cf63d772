"""EC2's flat parameters, checked strictly against the service model and made into the shapes that the model has."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cloudgpu.rehearsal.ec2.errors import Refused, invalid
from cloudgpu.rehearsal.ec2.untyped import Shape

_NOT_PARAMETERS = (
    "Action",
    "Version",
    "AWSAccessKeyId",
    "Signature",
    "SignatureMethod",
    "SignatureVersion",
    "Timestamp",
)
_OWN = ""  # the key under which a node keeps its own text


def parse(fields: Mapping[str, str], shape: Shape) -> dict[str, Any]:
    """`Filter.1.Value.2=x` as `{"Filters": [{"Values": [.., "x"]}]}`. Refused for a parameter that the model does not
    have, a wrong type, a value outside an enumeration, a gap in a list, or a required one that is missing."""
    tree: dict[str, Any] = {}
    for name, text in fields.items():
        if name in _NOT_PARAMETERS:
            continue
        node = tree
        for part in name.split("."):
            node = node.setdefault(part, {})
        node[_OWN] = text
    return _structure(shape, tree, "") if shape is not None else _nothing(tree)


def _nothing(tree: Mapping[str, Any]) -> dict[str, Any]:
    for name in tree:
        raise _unknown(name)
    return {}


def _unknown(name: str) -> Refused:
    return Refused("UnknownParameter", f"The parameter {name} is not recognized")


def _wire_name(member: Shape, name: str) -> str:
    given = member.serialization.get("queryName")
    if given:
        return str(given)
    located = str(member.serialization.get("name", name))
    return located[0].upper() + located[1:]


def _structure(shape: Shape, node: Mapping[str, Any], path: str) -> dict[str, Any]:
    by_wire = {_wire_name(member, name): (name, member) for name, member in shape.members.items()}
    found: dict[str, Any] = {}
    for part, below in node.items():
        if part not in by_wire:
            raise _unknown(part or path)
        name, member = by_wire[part]
        found[name] = _value(member, below, f"{path}.{part}".lstrip("."))
    for wire, (name, _) in by_wire.items():
        if name in shape.required_members and name not in found:
            raise Refused("MissingParameter", f"The request must contain the parameter {f'{path}.{wire}'.lstrip('.')}")
    return found


def _value(shape: Shape, node: Mapping[str, Any], path: str) -> object:
    if shape.type_name == "structure":
        return _structure(shape, node, path)
    if shape.type_name == "list":
        return _list(shape, node, path)
    deeper = [part for part in node if part != _OWN]
    if deeper:
        raise _unknown(f"{path}.{deeper[0]}")
    return _scalar(shape, str(node[_OWN]), path)


def _list(shape: Shape, node: Mapping[str, Any], path: str) -> list[Any]:
    numbers = sorted(int(part) for part in node if part.isdigit())
    odd = [part for part in node if not part.isdigit()]
    if odd:
        raise _unknown(f"{path}.{odd[0]}".rstrip("."))
    if numbers != list(range(1, len(numbers) + 1)):
        raise invalid(f"{path}.{numbers[-1]}", f"{path}: its items are not numbered from 1 on")
    return [_value(shape.member, node[str(number)], f"{path}.{number}") for number in numbers]


def _scalar(shape: Shape, text: str, path: str) -> object:
    kind = shape.type_name
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise invalid(text, path)
        return text.lower() == "true"
    if kind in ("integer", "long", "float", "double"):
        return _number(shape, text, path)
    if kind == "blob":
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise Refused("InvalidParameterValue", f"Invalid BASE64 encoding of {path}.") from None
    # New instance types appear in the catalogue before they do in the model: whoever launches one looks there.
    if kind == "string" and shape.enum and shape.name != "InstanceType" and text not in shape.enum:
        raise invalid(text, path)
    return text


def _number(shape: Shape, text: str, path: str) -> float:
    try:
        number = int(text) if shape.type_name in ("integer", "long") else float(text)
    except ValueError:
        raise invalid(text, path) from None
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and number < least:
        raise Refused(
            "InvalidParameterValue",
            f"Value ( {text} ) for parameter {path} is invalid. Expecting a value greater than or equal to {least}.",
        )
    if most is not None and number > most:
        raise Refused(
            "InvalidParameterValue",
            f"Value ( {text} ) for parameter {path} is invalid. Expecting a value less than or equal to {most}.",
        )
    return number
