"""What is proven about a GPU, for people and as a document."""

from __future__ import annotations

from cloudgpu.rules.proof import LEAST, Framework, Proof, Speed
from cloudgpu.ui.text import clean, columns, one_line

Document = dict[str, object]


def render(found: Proof) -> str:
    """What works, line by line, then what is not proven."""
    rows = [("machine", f"driver {found.driver or 'unknown'}, CUDA up to {found.cuda or 'unknown'}")]
    for number, card in enumerate(found.cards):
        memory = f"{card.memory_mib} MiB" if card.memory_mib is not None else "memory unknown"
        capability = f", compute capability {card.compute_capability}" if card.compute_capability else ""
        rows.append((f"GPU {number}", f"{card.name}, {memory}{capability}"))
    python = f"Python {found.python}" if found.python else "no Python"
    rows.append(("image", f"{found.image}, {python}{f', CUDA {found.image_cuda}' if found.image_cuda else ''}"))
    rows.append(("nvidia-smi", one_line(found.smi_error) or "sees the GPU in the container"))
    if found.python and not found.stand_in:
        rows.append(("libcuda", one_line(found.driver_error) or "wrote to the GPU's memory and read it back"))
    rows += [(one.name, _framework(one)) for one in found.frameworks]
    rows += [("speed", _speed(one.speed)) for one in found.frameworks if one.speed]
    lines = [f"{found.name}: {_verdict(found)}", *(f"  {line}" for line in columns(rows))]
    return clean("\n".join([*lines, *(f"Not proven: {words}." for words in found.unproven)]))


def document(found: Proof) -> Document:
    """`ok` null: nothing is proven, and nothing is wrong. TFLOPS are 10^12 floating-point operations a second."""
    return {
        "name": found.name,
        "ok": found.ok,
        "stand_in": found.stand_in,
        "machine": {"driver": found.driver, "cuda": found.cuda},
        "gpus": [
            {"name": card.name, "memory_mib": card.memory_mib, "compute_capability": card.compute_capability}
            for card in found.cards
        ],
        "container": {
            "image": found.image,
            "python": found.python,
            "cuda": found.image_cuda,
            "nvidia_smi": _tried(found.smi_error),
            "libcuda": None
            if found.python is None
            else {"ok": not found.driver_error, "error": found.driver_error or None},
            "frameworks": [_framework_document(one) for one in found.frameworks],
        },
        "unproven": list(found.unproven),
    }


def _tried(error: str) -> Document:
    return {"ok": not error, "error": error or None}


def _verdict(found: Proof) -> str:
    if found.ok is None:
        return "nvidia-smi is a stand-in of the rehearsal; there is no GPU behind it."
    return "the GPU works in the container." if found.ok else "no GPU works in the container."


def _framework(one: Framework) -> str:
    version = f"{one.version or ''}{f' for CUDA {one.cuda}' if one.cuda else ''}".strip()
    what = one_line(one.error) if one.error else f"a product of matrices on {one.device}"
    return f"{version}: {what}" if version else what


def _speed(speed: Speed) -> str:
    told = f"{speed.tflops:.1f} TFLOPS in {speed.dtype} with {speed.framework}"
    if speed.peak is None:
        return f"{told}; what this GPU should give is not in our table"
    share = f"{told}, {speed.tflops / speed.peak:.0%} of the {speed.peak:g} of its data sheet"
    if speed.healthy:
        return f"{share}: as it should be"
    return f"{share}: slow, a healthy one gives {LEAST:.0%}; does something else use it? nvidia-smi -q -d PERFORMANCE"


def _framework_document(one: Framework) -> Document:
    speed = one.speed
    return {
        "name": one.name,
        "version": one.version,
        "cuda": one.cuda,
        "device": one.device,
        "ok": not one.error,
        "error": one.error or None,
        "bench": None
        if speed is None
        else {"dtype": speed.dtype, "tflops": speed.tflops, "peak_tflops": speed.peak, "healthy": speed.healthy},
    }
