"""What Compute Engine asks of names, labels, metadata and tags beyond their types."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cloudgpu.rehearsal.gce.errors import ApiError, invalid

_NAME = "(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)"
_WORD = r"[^\W_A-Z]|[_-]"  # lower-case letters of any script, digits, underscores, dashes
_LABEL_KEY, _LABEL_VALUE = re.compile(rf"(?!\d|[_-])(?:{_WORD}){{1,63}}"), re.compile(rf"(?:{_WORD}){{0,63}}")
_METADATA_KEY = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_LARGEST_VALUE_BYTES = 256 * 1024
_LARGEST_METADATA_BYTES = 512 * 1024
_MOST_LABELS = 64


def check_name(name: object, field: str = "resource.name") -> None:
    if not re.fullmatch(_NAME, str(name)):
        raise invalid(field, name, f"Must be a match of regex '{_NAME}'")


def check_labels(labels: Mapping[str, str], field: str = "resource.labels") -> None:
    rest = "The value can only contain lowercase letters, numeric characters, underscores and dashes. The value can be"
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key) or key != key.lower():
            raise invalid(
                field,
                "",
                f"Label key '{key}' violates format constraints. The key must start with a lowercase character, can "
                "only contain lowercase letters, numeric characters, underscores and dashes. The key can be at most 63 "
                "characters long. International characters are allowed.",
            )
        if not _LABEL_VALUE.fullmatch(value) or value != value.lower():
            more = "at most 63 characters long. International characters are allowed."
            raise invalid(field, "", f"Label value '{value}' violates format constraints. {rest} {more}")
    if len(labels) > _MOST_LABELS:
        raise invalid(field, "", f"The number of labels is {len(labels)}, at most {_MOST_LABELS} are allowed.")


def check_metadata(metadata: Mapping[str, Any], field: str = "resource.metadata") -> None:
    total, seen = 0, set()
    for number, item in enumerate(metadata.get("items", ())):
        key, value, where = item.get("key", ""), item.get("value", ""), f"{field}.items[{number}]"
        if not _METADATA_KEY.fullmatch(key):
            raise invalid(f"{where}.key", key, "Must be a match of regex '[a-zA-Z0-9-_]{1,128}'")
        if key in seen:
            raise invalid(f"{where}.key", key, "Duplicate metadata key.")
        size = len(value.encode())
        if size > _LARGEST_VALUE_BYTES:
            limit = f"metadata value size is larger than the limit of {_LARGEST_VALUE_BYTES} characters"
            raise invalid(f"{where}.value", f"{value[:60]}...", f"{limit}: {size}")
        seen.add(key)
        total += len(key) + size
    if total >= _LARGEST_METADATA_BYTES:
        raise invalid(field, "", f"Total metadata size must be less than {_LARGEST_METADATA_BYTES} bytes.")


def check_tags(tags: Sequence[str], field: str) -> None:
    for number, tag in enumerate(tags):
        check_name(tag, f"{field}[{number}]")


def check_fingerprint(given: object, current: str, message: str) -> None:
    """412 unless the client has seen the latest state."""
    if given != current:
        raise ApiError(412, "conditionNotMet", message, more={"location": "If-Match", "locationType": "header"})
