"""What is proven about the GPU of a machine and of its container, and what is not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudgpu import data
from cloudgpu.model import CommandResult
from cloudgpu.rules import troubles

QUERY = ("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader,nounits")
SUMMARY = ("nvidia-smi",)
# the first Python that is there takes the program from standard input
PYTHON = (
    "sh",
    "-c",
    'for python in python3 python; do command -v "$python" >/dev/null && exec "$python" - "$@"; done; exit 127',
    "python",
)
LEAST = 0.4  # of the peak: what matrix products of this size reach on a GPU that nothing holds back
_NO_PROGRAM = 127  # a shell's status for a program that is not there
_STAND_IN = re.compile(r"\((?:rehearsal|fake)\)|stand-in", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Card:
    name: str
    memory_mib: int | None
    compute_capability: str | None = None


@dataclass(frozen=True, slots=True)
class Speed:
    """`peak`: what the data sheet says, None where it is not in the table; both in TFLOPS."""

    framework: str
    dtype: str
    tflops: float
    peak: float | None

    @property
    def healthy(self) -> bool | None:
        return None if self.peak is None else self.tflops >= LEAST * self.peak


@dataclass(frozen=True, slots=True)
class Framework:
    """`error` empty: an operation was carried out on `device`."""

    name: str
    version: str | None
    cuda: str | None
    device: str | None
    error: str
    speed: Speed | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """`driver` and `cuda`: of the machine, the highest CUDA that its driver runs. `smi_error`, `driver_error`: why
    nvidia-smi and the driver's library do not work inside the container; empty where they do. `python` None: the image
    has none, so that nothing but nvidia-smi was tried."""

    name: str
    image: str
    driver: str | None
    cuda: str | None
    cards: tuple[Card, ...]
    smi_error: str
    stand_in: bool
    python: str | None = None
    image_cuda: str | None = None
    driver_error: str = ""
    frameworks: tuple[Framework, ...] = ()

    @property
    def ok(self) -> bool | None:
        """None: a stand-in answered, so that nothing is proven and nothing is wrong."""
        if self.smi_error:
            return False
        if self.stand_in:
            return None
        if self.frameworks:
            return any(not one.error for one in self.frameworks)
        return self.python is None or not self.driver_error

    @property
    def trouble(self) -> str:
        """The words of what does not work."""
        broken = [f"{one.name}: {one.error}" for one in self.frameworks if one.error]
        return "\n".join(filter(None, (self.smi_error, self.driver_error, *broken)))

    @property
    def unproven(self) -> tuple[str, ...]:
        if self.stand_in:
            return ("that the driver works", "that the image's CUDA fits it", "that a program can compute")
        if self.python is None:
            return ("that a program can compute: the image has no Python to try it with",)
        if not self.frameworks:
            return ("that a framework works: the image has none of torch, tensorflow and jax",)
        return ()


def cards(answer: str) -> tuple[tuple[Card, ...], str | None]:
    """What `QUERY` answered: the cards, and the driver's version."""
    rows = [[cell.strip() for cell in line.split(",")] for line in answer.splitlines() if line.count(",") == 2]
    found = tuple(Card(name, int(memory) if memory.isdigit() else None) for name, _, memory in rows)
    return found, rows[0][1] if rows else None


def highest_cuda(summary: str) -> str | None:
    found = re.search(r"CUDA (?:UMD )?Version: *(\d+\.\d+)", summary)
    return found[1] if found else None


def is_stand_in(words: str) -> bool:
    return bool(_STAND_IN.search(words))


def answer(output: str) -> Mapping[str, Any] | None:
    """The program's line among whatever else was printed; None where there is none."""
    lines = [line for line in output.splitlines() if line.startswith("CLOUDGPU {")]
    try:
        found = json.loads(lines[-1].removeprefix("CLOUDGPU ")) if lines else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def looked(ended: CommandResult) -> Mapping[str, Any]:
    """What the program saw. Empty where there is no Python to run it; else at least why it saw nothing."""
    told = answer(ended.stdout)
    if told is not None or ended.status == _NO_PROGRAM:
        return told or {}
    why = _last(f"{ended.stdout}\n{ended.stderr}") or f"the program ended with status {ended.status}"
    return {"python": "of an unknown version", "driver": {"error": why}}


def framework(name: str, told: Mapping[str, Any] | None, chatter: str) -> Framework:
    """`chatter`: what it printed besides, which often is the reason."""
    if told is None:
        return Framework(name, None, None, None, _last(chatter) or "it ended without a word")
    error = str(told.get("error") or "")
    if error and (known := troubles.find(chatter)) and not troubles.find(error):
        error = f"{error}. {known.meaning}"
    bench, device = told.get("bench"), told.get("device")
    speed = Speed(name, str(bench["dtype"]), float(bench["tflops"]), peak(str(device))) if bench else None
    return Framework(name, told.get("version"), told.get("cuda"), device, error, speed)


def with_capabilities(known: tuple[Card, ...], told: Mapping[str, Any]) -> tuple[Card, ...]:
    """The cards, with what the driver's library says of them in the same order."""
    devices = told.get("devices") or []
    by_number = [one.get("compute_capability") for one in devices] + [None] * len(known)
    return tuple(Card(card.name, card.memory_mib, by_number[number]) for number, card in enumerate(known))


def peak(name: str) -> float | None:
    """Dense FP16 or BF16 on tensor cores by the data sheet, in TFLOPS."""
    rows = data.table("gpu_peaks")
    return next((float(row["tflops"]) for row in rows if re.search(rf"\b{row['words']}\b", name)), None)


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
