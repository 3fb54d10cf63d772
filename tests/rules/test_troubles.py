"""The words that drivers, Docker and frameworks use, and what they are known for."""

from __future__ import annotations

import pytest

from cloudgpu.rules import troubles
from cloudgpu.rules.troubles import LOAD_DRIVER, REFRESH_CDI, RELOAD_DRIVER, RESTART_DOCKER, Mend

OCI = (
    "docker: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime "
    "create failed: runc create failed: unable to start container process: error during container init: error running "
    "hook #0: error running hook: exit status 1, stdout: , stderr: "
)
KNOWN: list[tuple[str, str, Mend | None, bool]] = [
    ('could not select device driver "" with capabilities: [[gpu]]', "Toolkit", RESTART_DOCKER, False),
    ("failed to discover GPU vendor from CDI: no known GPU vendor found", "Toolkit", RESTART_DOCKER, False),
    ("AMD CDI spec not found", "Toolkit", RESTART_DOCKER, False),
    ("CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=all", "CDI", REFRESH_CDI, False),
    (
        f"{OCI}nvidia-container-cli: initialization error: nvml error: driver not loaded",
        "not loaded",
        LOAD_DRIVER,
        False,
    ),
    (
        f"{OCI}nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1: cannot open shared "
        "object file: no such file or directory",
        "not installed",
        None,
        False,
    ),
    (
        f"{OCI}nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8, please update your driver "
        "to a newer version, or use an earlier cuda container: unknown.",
        "newer than the machine's driver",
        None,
        True,
    ),
    ("Failed to initialize NVML: Driver/library version mismatch", "upgraded", RELOAD_DRIVER, False),
    (f"{OCI}nvml error: driver/library version mismatch: unknown", "upgraded", RELOAD_DRIVER, False),
    ("Failed to initialize NVML: Unknown Error", "lost its GPU", None, False),
    ("Failed to initialize NVML: Insufficient Permissions", "SELinux", None, False),
    (
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest "
        "NVIDIA driver is installed and running.",
        "not loaded",
        LOAD_DRIVER,
        False,
    ),
    ("No devices were found", "no GPU", None, False),
    ("CUDA error: uncorrectable ECC error encountered", "ECC", None, False),
    ("Unable to determine the device handle for GPU0000:00:04.0: GPU is lost.", "broken", None, False),
    ("Error 802: system not yet initialized", "fabric manager", None, False),
    ("cuInit: error 802", "fabric manager", None, False),
    ("cuInit: error 803", "do not fit", None, True),
    (
        "CUDA initialization: The NVIDIA driver on your system is too old (found version 12040).",
        "newer driver",
        None,
        True,
    ),
    ("the provided PTX was compiled with an unsupported toolchain.", "newer driver", None, True),
    ("no kernel image is available for execution on the device", "generation", None, True),
    ("Cannot dlopen some GPU libraries. Skipping registering GPU devices...", "cuDNN", None, True),
    ("OutOfMemoryError: CUDA out of memory. Tried to allocate 128.00 MiB.", "memory", None, False),
    ("write /var/lib/docker/tmp/x: no space left on device", "full", None, False),
]


@pytest.mark.parametrize(("words", "meaning", "mend", "image"), KNOWN)
def test_known_words_have_a_meaning_a_remedy_and_sometimes_a_mend(
    words: str, meaning: str, mend: Mend | None, image: bool
) -> None:
    trouble = troubles.find(words)
    assert trouble is not None, words
    assert meaning in trouble.meaning
    assert trouble.remedy
    assert (trouble.mend, trouble.image) == (mend, image)


@pytest.mark.parametrize("words", ["", "all is well", "GPU 0: Tesla T4 (UUID: GPU-8020)", "port 8020 is taken"])
def test_other_words_are_no_trouble(words: str) -> None:
    assert troubles.find(words) is None
