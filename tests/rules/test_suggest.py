"""Did you mean ...?"""

from __future__ import annotations

import pytest

from cloudgpu.rules.suggest import did_you_mean


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("lanch", ["launch", "tunnel"], "Did you mean launch?"),
        ("GCP", ["gcp", "aws"], "Did you mean gcp?"),
        ("a10", ["A100", "A10G"], "Did you mean A10G or A100?"),
        ("xyzzy", ["launch", "tunnel"], ""),
        ("", ["launch"], ""),
        ("launch", [], ""),
    ],
)
def test_what_is_near_is_told(word: str, known: list[str], hint: str) -> None:
    assert did_you_mean(word, known) == hint
