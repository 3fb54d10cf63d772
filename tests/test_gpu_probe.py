"""The program that tries the GPU in a container, run for real: on this computer, which may have none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cloudgpu.rules import proof, startup

# what the program asks of a framework, without a GPU behind it
TORCH = """
__version__ = "2.9.1"
float16, bfloat16 = "torch.float16", "torch.bfloat16"

class version:
    cuda = "12.8"

class Matrix:
    def __init__(self, side): self.side = side
    def __matmul__(self, other): return self
    def __getitem__(self, at): return self.side

def ones(shape, device, dtype=None): return Matrix(shape[0])
def mm(one, other): return one

class cuda:
    is_available = staticmethod(lambda: {available})
    get_device_name = staticmethod(lambda number: "Tesla T4")
    get_device_capability = staticmethod(lambda number: (7, 5))
    synchronize = staticmethod(lambda: None)
    @staticmethod
    def init(): raise RuntimeError("No CUDA GPUs are available")
"""
TENSORFLOW = """
__version__ = "2.18.0"
class sysconfig:
    get_build_info = staticmethod(lambda: {"cuda_version": "12.3"})
class config:
    list_physical_devices = staticmethod(lambda kind: [])
"""
LIBCUDA = r"""
#include <string.h>
static unsigned memory[1024];
int cuInit(unsigned flags) { return STATUS; }
int cuGetErrorName(int status, const char **name) { *name = "CUDA_ERROR_SYSTEM_NOT_READY"; return 0; }
int cuDriverGetVersion(int *version) { *version = 13010; return 0; }
int cuDeviceGetCount(int *count) { *count = 1; return 0; }
int cuDeviceGet(int *device, int number) { *device = number; return 0; }
int cuDeviceGetName(char *name, int size, int device) { strncpy(name, "Tesla T4", size); return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = (size_t)15360 << 20; return 0; }
int cuDeviceGetAttribute(int *value, int which, int device) { *value = which == 75 ? 7 : 5; return 0; }
int cuDevicePrimaryCtxRetain(void **context, int device) { *context = memory; return 0; }
int cuDevicePrimaryCtxRelease_v2(int device) { return 0; }
int cuCtxSetCurrent(void *context) { return 0; }
int cuMemAlloc_v2(unsigned long long *address, size_t size) { *address = 1; return size == sizeof memory ? 0 : 1; }
int cuMemsetD32_v2(unsigned long long at, unsigned v, size_t n) { while (n--) memory[n] = v; return 0; }
int cuMemcpyDtoH_v2(void *to, unsigned long long address, size_t size) { memcpy(to, memory, size); return 0; }
int cuMemFree_v2(unsigned long long address) { return 0; }
"""


def ask(*words: str, **env: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-", *words],
        input=startup.gpu_probe(), capture_output=True, check=False, env=os.environ | env, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = proof.answer(done.stdout.decode())
    assert answer is not None
    return dict(answer)


def with_library(folder: Path, status: int = 0) -> dict[str, str]:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler to make a driver's library with")
    source = folder / "cuda.c"
    source.write_text(LIBCUDA)
    library = str(folder / "libcuda.so.1")
    subprocess.run([compiler, "-shared", "-fPIC", f"-DSTATUS={status}", "-o", library, str(source)], check=True)
    return {"LD_LIBRARY_PATH": str(folder)}


def test_the_drivers_library_is_tried_with_memory(tmp_path: Path) -> None:
    told = ask("look", CUDA_VERSION="12.8.1", **with_library(tmp_path))
    card = {"name": "Tesla T4", "memory_mib": 15360, "compute_capability": "7.5"}
    assert told["driver"] == {"error": None, "cuda": "13.1", "devices": [card]}
    assert told["cuda"] == "12.8.1"


def test_its_own_error_is_told(tmp_path: Path) -> None:
    told = ask("look", **with_library(tmp_path, 802))
    assert told["driver"] == {"error": "cuInit: error 802 (CUDA_ERROR_SYSTEM_NOT_READY)", "devices": []}


def test_without_a_driver_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "libcuda.so.1").write_text("no library")
    told = ask("look", LD_LIBRARY_PATH=str(tmp_path))
    assert "libcuda.so.1" in told["driver"]["error"]


def test_which_frameworks_are_there(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(TORCH)
    assert "torch" in ask("look", PYTHONPATH=str(tmp_path))["frameworks"]


def test_a_framework_that_computes_and_its_speed(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(TORCH.replace("{available}", "True"))
    told = ask("torch", "bench", PYTHONPATH=str(tmp_path))
    assert told.pop("bench")["dtype"] == "float16"
    assert told == {"version": "2.9.1", "cuda": "12.8", "device": "Tesla T4", "error": None}


def test_a_framework_without_a_gpu_says_why(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(TORCH.replace("{available}", "False"))
    (tmp_path / "tensorflow.py").write_text(TENSORFLOW)
    assert ask("torch", PYTHONPATH=str(tmp_path))["error"] == "No CUDA GPUs are available"
    assert "list_physical_devices('GPU') is empty" in ask("tensorflow", PYTHONPATH=str(tmp_path))["error"]


def test_a_framework_that_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "jax.py").write_text("raise ImportError('libcudnn.so.9: cannot open shared object file')")
    assert ask("jax", PYTHONPATH=str(tmp_path)) == {
        "error": "ImportError: libcudnn.so.9: cannot open shared object file"
    }


def test_what_a_framework_prints_is_not_mistaken_for_the_answer() -> None:
    line = json.dumps({"python": "3.12"})
    assert proof.answer(f"CLOUDGPU is fine\nWARNING\nCLOUDGPU {line}\n") == {"python": "3.12"}
    assert proof.answer("Killed") is None
    assert proof.answer("CLOUDGPU {broken") is None
