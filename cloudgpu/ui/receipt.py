"""What a destroy removed, and what it cost."""

from __future__ import annotations

from decimal import Decimal

from cloudgpu.model import Receipt
from cloudgpu.rules.duration import short
from cloudgpu.ui.text import columns, money


def total(receipt: Receipt) -> Decimal | None:
    """USD of all that was removed; None as soon as one price is not known."""
    parts = [one.usd for one in receipt.removed]
    known = [usd for usd in parts if usd is not None]
    return sum(known, Decimal("0.00")) if len(known) == len(parts) else None


def render(receipt: Receipt) -> str:
    """One line for each thing removed, the sum, and what still bills."""
    if receipt.left:
        lines = [f"{receipt.name} is NOT gone entirely. Still there, and it costs money:"]
        lines += [f"  {one}" for one in receipt.left]
    elif receipt.removed:
        lines = [f"{receipt.name} is gone; nothing of it is billed any more."]
    else:
        lines = [f"{receipt.name} was gone already; nothing of it is billed."]
    if receipt.removed:
        rows = [(one.kind, one.id, short(one.hours * 3600), money(one.usd)) for one in receipt.removed]
        if len(rows) > 1:
            rows.append(("in all", "", "", money(total(receipt))))
        lines += [f"  {line}" for line in columns(rows)]
    return "\n".join(lines)
