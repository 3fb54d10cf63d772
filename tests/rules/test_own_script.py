"""What is taken for a startup script."""

from __future__ import annotations

import pytest

from cloudgpu.errors import UsageError
from cloudgpu.rules import own_script


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (b"#!/bin/bash\necho a\n", b"#!/bin/bash\necho a\n"),
        (b"#!/bin/bash\r\necho a\r\n", b"#!/bin/bash\necho a\n"),
        (b"#!/bin/sh\nprintf 'a\\r\n'\r\n", b"#!/bin/sh\nprintf 'a\\r\n'\r\n"),
        (b"#!/usr/bin/python3", b"#!/usr/bin/python3"),
    ],
)
def test_line_ends_of_windows_are_mended_and_nothing_else(content: bytes, sent: bytes) -> None:
    assert own_script.check(content, "setup.sh") == sent


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "does not say what runs it"),
        (b"echo a\n", "begin with #!"),
        (b"#!/bin/sh\n" + b"x" * 1_000_000, "1,000,000 at most"),
    ],
)
def test_what_no_shell_would_begin_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        own_script.check(content, "setup.sh")
