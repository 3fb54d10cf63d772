"""What the page about AWS says that cloudgpu may do there is what it does."""

from __future__ import annotations

import re
from pathlib import Path

from tools.trim_ec2_model import OPERATIONS

PAGE = (Path(__file__).parents[1] / "docs" / "aws.md").read_text(encoding="utf-8")


def test_every_call_of_ec2_is_among_the_permissions() -> None:
    told = re.search(r"\*\*Permissions\.\*\* Of EC2: (.*?)\nBesides", PAGE, re.DOTALL)
    assert told is not None
    named = set(re.findall(r"`(\w+)`", told[1]))
    assert {one for one in OPERATIONS if not one.startswith("Describe")} == named - {"CreateTags"}
