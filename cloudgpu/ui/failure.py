"""An error on the screen: what happened, the other side's own words, what to type next."""

from __future__ import annotations

import traceback

from cloudgpu.errors import CloudgpuError
from cloudgpu.ui.text import clean, one_line

_LINES = 40


def render(error: BaseException, *, verbose: bool) -> str:
    """Without a traceback unless `verbose`. Of long details the end is shown, which is where the cause stands."""
    lines = [f"Error: {_brief(error)}", *_words(error, verbose=verbose), f"Next: {_remedy(error)}"]
    if verbose:
        lines.append("".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip())
    return "\n".join(lines)


def _brief(error: BaseException) -> str:
    if isinstance(error, CloudgpuError):
        return one_line(error.brief)
    return one_line(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def _words(error: BaseException, *, verbose: bool) -> list[str]:
    if not isinstance(error, CloudgpuError):
        return []
    details = [line.rstrip() for line in clean(error.details).splitlines() if line.strip()]
    if details == [error.brief]:
        details = []
    if len(details) > _LINES and not verbose:
        details = [f"({len(details) - _LINES} lines before this: --verbose)", *details[-_LINES:]]
    if error.code and details:
        details[0] = f"{clean(error.code)}: {details[0]}"
    elif error.code:
        details = [clean(error.code)]
    return [f"  {line}" for line in details]


def _remedy(error: BaseException) -> str:
    if isinstance(error, CloudgpuError):
        return one_line(error.remedy)
    return "Run it again as `cloudgpu --verbose ...` and report what it prints; cloudgpu ps shows what is there."
