"""Names for what moto and botocore's models hand over. Neither has types of its own."""

from __future__ import annotations

from typing import Any, TypeAlias

Shape: TypeAlias = Any
Backend: TypeAlias = Any
Instance: TypeAlias = Any
Reservation: TypeAlias = Any
Interface: TypeAlias = Any
Image: TypeAlias = Any
