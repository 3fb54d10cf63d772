"""The parameters of a JSON request, checked for what is required and for kinds. Unknown ones pass, as at AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.untyped import Shape

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


def parse(body: bytes, shape: Shape) -> dict[str, object]:
    """Refused for anything but a JSON object of the shape."""
    try:
        params = json.loads(body or b"{}")
    except ValueError:
        params = None
    if not isinstance(params, dict):
        raise Refused("SerializationException", "The request body is not a JSON object.")
    if shape is not None:
        _check(params, shape)
    return params


def _check(params: Mapping[str, object], shape: Shape) -> None:
    for name in shape.required_members:
        if params.get(name) is None:
            raise Refused(
                "ValidationException",
                f"1 validation error detected: Value null at '{name[0].lower()}{name[1:]}' failed to satisfy"
                " constraint: Member must not be null",
            )
    for name, value in params.items():
        member = shape.members.get(name)
        kinds = _KINDS.get(member.type_name) if member is not None else None
        wrong = kinds is not None and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds))
        if value is not None and wrong:
            raise Refused("SerializationException", f"{name} is not of type {member.type_name}.")
