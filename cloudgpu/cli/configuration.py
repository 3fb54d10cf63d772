"""`cloudgpu.toml`: defaults for `launch`, found upwards from the working directory."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from cloudgpu.errors import UsageError
from cloudgpu.rules.suggest import did_you_mean

FILE = "cloudgpu.toml"


def defaults(start: Path | None = None) -> dict[str, Any]:
    """The table `[launch]` with option names as parameters (`max-price` becomes `max_price`); empty without a file.

    UsageError for a file that is no TOML or has a name that `launch` does not know.
    """
    here = (start or Path.cwd()).resolve()
    path = next((folder / FILE for folder in (here, *here.parents) if (folder / FILE).is_file()), None)
    if path is None:
        return {}
    table = _read(path).get("launch", {})
    known = _names()
    for name in table:
        if name not in known:
            hint = did_you_mean(name, known) or f"Known are {', '.join(sorted(known))}."
            raise UsageError(f"{path}: launch has no option {name!r}.", remedy=f"{hint} Edit {path}")
    return {known[name]: value for name, value in table.items()}


def _read(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return document
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.", remedy=f"Edit {path}") from error


def _names() -> dict[str, str]:
    from cloudgpu.cli.launch import command

    return {
        flag.removeprefix("--"): one.name
        for one in command.params
        for flag in one.opts
        if flag.startswith("--") and one.name
    }
