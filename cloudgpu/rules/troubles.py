"""What goes wrong between a GPU and a container: the words it is known by, what they mean, what mends it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mend:
    """A repair that is safe while no container runs: what is told of it, and the command."""

    told: str
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """`words`: a pattern that the other side's message matches. `image`: another image is what helps. `mend` None:
    nothing that may be done without being asked for."""

    words: str
    meaning: str
    remedy: str
    mend: Mend | None = None
    image: bool = False


_ROOT = ("sudo", "-n")
RESTART_DOCKER = Mend(
    "Docker was started before the NVIDIA Container Toolkit was there: restarting it.",
    (*_ROOT, "systemctl", "restart", "docker"),
)
LOAD_DRIVER = Mend("The NVIDIA driver is installed and not loaded: loading it.", (*_ROOT, "modprobe", "nvidia"))
REFRESH_CDI = Mend(
    "The list of the GPUs for containers is missing or old: making it anew.",
    (*_ROOT, "systemctl", "restart", "nvidia-cdi-refresh"),
)
RELOAD_DRIVER = Mend(
    "The driver was upgraded while its older version was loaded: loading the new one.",
    (*_ROOT, "sh", "-c", "systemctl stop nvidia-persistenced 2>/dev/null; "
     "modprobe -r nvidia_uvm nvidia_drm nvidia_modeset nvidia && modprobe nvidia"),
)  # fmt: skip

_ELSEWHERE = "Another machine: cloudgpu launch --zone ZONE"
_DRIVER = "A machine image that brings the driver: cloudgpu launch --machine-image IMAGE"
_OTHER_IMAGE = "An image made for an older CUDA, or one of the presets: cloudgpu launch --image pytorch"

# The first that matches counts: what is more exact stands before what is more general.
TROUBLES = (
    Trouble(
        r"(?i:driver/library version mismatch)",
        "The driver's programs were upgraded while the older module is still loaded.",
        "A reboot loads the new one: cloudgpu stop, then cloudgpu start",
        RELOAD_DRIVER,
    ),
    Trouble(
        r"nvml error: driver not loaded|driver not loaded",
        "The NVIDIA driver is not loaded on the machine.",
        _DRIVER,
        LOAD_DRIVER,
    ),
    Trouble(
        r"couldn't communicate with the NVIDIA driver",
        "The driver's module is not loaded: it may not have been built for the kernel that runs.",
        _DRIVER,
        LOAD_DRIVER,
    ),
    Trouble(
        r"load library failed: libnvidia-ml\.so\.1|libnvidia-ml\.so\.1: cannot open shared object",
        "The NVIDIA driver is not installed on the machine.",
        _DRIVER,
    ),
    Trouble(
        r"unsatisfied condition: (?:cuda|driver|brand|arch)[^,\n]*",
        "The image is newer than the machine's driver.",
        _OTHER_IMAGE,
        image=True,
    ),
    Trouble(
        r"unresolvable CDI devices|CDI device injection failed",
        "Docker's list of GPUs (CDI) is missing or out of date.",
        "cloudgpu stop, then cloudgpu start: it is made anew at boot",
        REFRESH_CDI,
    ),
    Trouble(
        r"could not select device driver|no known GPU vendor found|AMD CDI spec not found|unknown or invalid runtime "
        r"name: nvidia|does not know the nvidia runtime",
        "Docker does not know how to hand GPUs to a container: the NVIDIA Container Toolkit is missing, or came after "
        "Docker was started.",
        "cloudgpu launch  # once more; its startup script installs it",
        RESTART_DOCKER,
    ),
    Trouble(
        r"Failed to initialize NVML: Unknown Error",
        "The container has lost its GPU: systemd was reloaded under it. It has to be made anew.",
        "cloudgpu stop, then cloudgpu start",
    ),
    Trouble(
        r"Failed to initialize NVML: Insufficient Permissions",
        "The system's security policy (SELinux) keeps the container from the GPU.",
        "A machine image of Ubuntu: cloudgpu launch --machine-image IMAGE",
    ),
    Trouble(
        r"No devices were found|no NVIDIA GPU|CUDA_ERROR_NO_DEVICE|no CUDA-capable device",
        "The driver finds no GPU on the machine.",
        _ELSEWHERE,
    ),
    Trouble(
        r"Unable to determine the device handle|GPU is lost|fallen off the bus|GPU requires reset|\bXid\b",
        "The GPU does not answer any more: its hardware is broken.",
        _ELSEWHERE,
    ),
    Trouble(
        r"uncorrectable ECC error|CUDA_ERROR_ECC_UNCORRECTABLE|ECC error",
        "The GPU's memory has errors that it cannot correct (ECC).",
        _ELSEWHERE,
    ),
    Trouble(
        r"system not yet initialized|CUDA_ERROR_SYSTEM_NOT_READY|(?i:cuda)\w*[ :]+(?:error )?802\b|error 802\b",
        "The machine's GPUs are joined by NVSwitch, and its fabric manager does not run.",
        "A machine image that has it (Google's and Amazon's with a driver), or a machine with one GPU: "
        "cloudgpu launch --gpu A100",
    ),
    Trouble(
        r"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH|error 803\b|forward compatibility was attempted|error 804\b",
        "The image's CUDA libraries and the machine's driver do not fit together.",
        _OTHER_IMAGE,
        image=True,
    ),
    Trouble(
        r"driver on your system is too old|CUDA driver version is insufficient|compiled with an unsupported toolchain",
        "The image's CUDA needs a newer driver than the machine has.",
        _OTHER_IMAGE,
        image=True,
    ),
    Trouble(
        r"no kernel image is available",
        "The image's programs are not built for this generation of GPU.",
        "A newer GPU, or an older image: cloudgpu launch --gpu T4",
        image=True,
    ),
    Trouble(
        r"Cannot dlopen some GPU libraries|Skipping registering GPU devices",
        "TensorFlow does not find the CUDA libraries in this image: tensorflow/tensorflow's GPU images lack cuDNN 9 "
        "since 2.18.",
        "cloudgpu launch --image tensorflow",
        image=True,
    ),
    Trouble(
        r"CUDA out of memory|CUDA_ERROR_OUT_OF_MEMORY|RESOURCE_EXHAUSTED|OOM when allocating",
        "Another program, perhaps a notebook's kernel, has taken the GPU's memory.",
        "Shut down the kernels in Jupyter, then: cloudgpu check",
    ),
    Trouble(
        r"No space left on device|no space left on device",
        "The machine's disk is full.",
        "cloudgpu launch --disk-size 200",
    ),
)


def find(words: str) -> Trouble | None:
    """The trouble that these words are known for."""
    return next((one for one in TROUBLES if re.search(one.words, words)), None)
