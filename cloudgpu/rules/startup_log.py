"""What the startup script tells of itself: on the machine by its files, before that on its console."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cloudgpu.model import StepTime
from cloudgpu.rules import stages

_STATE = "state=${CLOUDGPU_STATE_DIR:-/var/lib/cloudgpu} log=${CLOUDGPU_LOG:-/var/log/cloudgpu-startup.log}"
# one answer: the status, for how many seconds it has been that, the log's newest line, and what belongs to the status
PROBE = (
    "sh",
    "-c",
    f"""{_STATE}
status=$(cat "$state/status" 2>/dev/null) || status='running boot'
since=$(date -r "$state/status" +%s 2>/dev/null) || since=$(date +%s)
printf '%s\\n%s\\n' "$status" "$(($(date +%s) - since))"
tail -c 4096 "$log" 2>/dev/null | tr '\\r' '\\n' | grep '[^[:space:]]' | tail -n 1 | cut -c 1-200 || true
echo
case $status in
  failed*) cat "$state/failure" 2>/dev/null || {{ echo; tail -n 40 "$log"; }} ;;
  done*) cat "$state/stages" 2>/dev/null ;;
esac
exit 0""",
)
LAST_LINES = ("sh", "-c", f'{_STATE}; tail -n 40 "$log"')
_PIECE = f"""{_STATE}
cat "$state/status" 2>/dev/null || echo 'running boot'
size=$(($({{ wc -c <"$log"; }} 2>/dev/null || echo 0)))
echo "$size"
[ "$size" -le "$1" ] || tail -c "+$(($1 + 1))" "$log" | head -c "$((size - $1))\""""

_TOLD = re.compile(r"cloudgpu startup: (running|failed|done)\b *([\w-]*) *(\d*)")
_FAILURE = re.compile(r"cloudgpu startup\| ?(.*)")
_WORDS = ("running", "failed", "done")


@dataclass(frozen=True, slots=True)
class Startup:
    """`word`: running, failed or done. `seconds`: how long the stage has been going on. `newest`: the log's newest
    line. `failure`: the log's last lines, of a script that failed; `times`: the finished stages of one that is done."""

    word: str
    stage: str = ""
    line: str = ""
    seconds: float = 0.0
    newest: str = ""
    failure: str = ""
    times: tuple[StepTime, ...] = ()


def read(answer: str) -> Startup:
    """What `PROBE` answered. Anything else is a script that has not begun."""
    lines = answer.splitlines()
    status, seconds, newest, *rest = lines + [""] * (3 - len(lines))
    word, stage, line, *_ = [*status.split(), "", "", ""]
    if word not in _WORDS:
        return Startup("running", "boot")
    if newest:  # a log without a line leaves its place empty
        rest = rest[1:] if rest and not rest[0] else rest
    return Startup(
        word,
        stage,
        line,
        float(seconds) if seconds.isdigit() else 0.0,
        "" if _TOLD.search(newest) else newest.strip(),
        "\n".join(rest[1:]).strip("\n") if word == "failed" else "",
        _times(rest) if word == "done" else (),
    )


def on_console(lines: Sequence[str]) -> Startup | None:
    """What the newest of the script's own lines says, whatever else is written there. None where there is none."""
    told = [
        (at, found)
        for at, line in enumerate(lines)
        if not _FAILURE.search(line) and (found := _TOLD.search(line))  # the log of a failure has such lines as well
    ]
    if not told:
        return None
    at, found = told[-1]
    log = [line[1] for one in lines[at + 1 :] if (line := _FAILURE.search(one))]
    if log and re.fullmatch(r"[\w-]+ \d+ \d+", log[0]):
        log = log[1:]
    return Startup(found[1], found[2], found[3], failure="\n".join(log) if found[1] == "failed" else "")


def told(seen: Startup) -> str:
    """One line for somebody who waits: the stage, how unusual its time is, the newest line of the log."""
    if seen.word != "running":
        return f"startup script: {seen.word}"
    slow = stages.slowness(seen.stage, seen.seconds)
    return f"{seen.stage}{f' ({slow})' if slow else ''}{f': {seen.newest}' if seen.newest else ''}"


def piece(begin: int) -> list[str]:
    """The command whose answer `split` takes apart: the log from byte `begin` on."""
    return ["sh", "-c", _PIECE, "piece", str(begin)]


def split(answer: str) -> tuple[Startup, int, str]:
    """How the script fares, the size of its log in bytes, and the piece of the log."""
    status, _, rest = answer.partition("\n")
    size, _, text = rest.partition("\n")
    return read(status), int(size) if size.isdigit() else 0, text


def _times(lines: Sequence[str]) -> tuple[StepTime, ...]:
    """Of a stage that every boot passes through, the newest time."""
    found: dict[str, StepTime] = {}
    for line in lines:
        stage, _, seconds, outcome, *_ = [*line.split(), "", "", "", ""]
        if outcome == "done" and re.fullmatch(r"\d+(\.\d+)?", seconds):
            found[stage] = StepTime(stage, float(seconds))
    return tuple(found.values())


_CAUSES = (
    (
        r"No space left on device|enough free space in",
        "The disk is full: cloudgpu launch {name} --disk-size 200",
    ),
    (
        r"Could not get lock|Unable to (?:acquire|lock)",
        "Another program on the machine held the lock of apt for too long: cloudgpu launch {name}  # once more",
    ),
    (
        r"Temporary failure|Could not resolve|Network is unreachable|Connection timed out|Failed to connect",
        "The machine does not reach the package servers; has its network a way out? "
        "cloudgpu launch {name} --network default",
    ),
    (
        r"Failed to fetch|Hash Sum mismatch|returned error: 5\d\d|Mirror sync in progress",
        "A package server was out of order, which passes: cloudgpu launch {name}  # once more",
    ),
    (
        r"Key was rejected by service|Required key not available",
        "Secure Boot refuses the driver's module: cloudgpu launch {name} --machine-image IMAGE  # one with a driver",
    ),
    (
        r"Unable to locate package|no installation candidate|not have a Release file",
        "Its distribution has no such package: cloudgpu launch {name} --machine-image IMAGE  # Ubuntu 22.04 or 24.04",
    ),
    (
        r"toomanyrequests|rate limit",
        "The registry limits anonymous pulls: wait, or take the image from another one: "
        "cloudgpu launch {name} --image IMAGE",
    ),
    (
        r"manifest unknown|manifest for .* not found|pull access denied|repository does not exist",
        "Is the image's name right? cloudgpu launch {name} --image IMAGE",
    ),
)


def remedy(seen: Startup, name: str) -> str:
    """What to do about a script that failed: by its last words, else by trying elsewhere."""
    for words, what in _CAUSES:
        if re.search(words, seen.failure):
            return what.format(name=name)
    return f"The log's end is above. Once more, or elsewhere: cloudgpu launch {name} --zone ZONE"
