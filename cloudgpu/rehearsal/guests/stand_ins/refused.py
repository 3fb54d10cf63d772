"""How a stand-in says no."""

from __future__ import annotations


class Refused(Exception):
    """The text goes to standard error as it is, the status is the program's."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.text = text
        self.status = status
