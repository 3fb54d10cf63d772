"""The names that filters may have: those that the service model's own documentation lists for the action."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.untyped import Shape

_LISTED = re.compile(r"<li>\s*<p>\s*<code>([^<]+)</code>")
_ALSO = re.compile(r"use <code>([^<]+)</code> as the filter name")
_UNDOCUMENTED = ("isDefault",)  # DescribeVpcs takes it, and tools rely on that


def check(shape: Shape, params: Mapping[str, Any]) -> None:
    """Refused for a filter that the action does not have, so that a misspelt one does not just find nothing."""
    for member in ("Filters", "Filter"):
        if member not in params:
            continue
        documentation = str(shape.members[member].documentation)
        known = {*_LISTED.findall(documentation), *_ALSO.findall(documentation)}
        for one in params[member]:
            name = one.get("Name", "null")
            if known and not name.startswith("tag:") and name not in known and name not in _UNDOCUMENTED:
                raise Refused("InvalidParameterValue", f"The filter '{name}' is invalid")
