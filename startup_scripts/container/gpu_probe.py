"""Runs inside a container of any image, from standard input: what a program there can do with the GPU.

Arguments: `look`, or a framework and perhaps `bench`. Answers with one line, `CLOUDGPU ` and a JSON object, among
whatever the frameworks print. Nothing but Python 3.6 is asked for, and no package.
"""

import ctypes
import importlib.util
import json
import os
import platform
import sys
import time

FRAMEWORKS = ("torch", "tensorflow", "jax")
SIDE, SECONDS = 8192, 1.5  # of the matrices of the benchmark, and how long it goes on


def look():
    found = [name for name in FRAMEWORKS if importlib.util.find_spec(name) is not None]
    return {
        "python": platform.python_version(),
        "cuda": os.environ.get("CUDA_VERSION") or None,
        "frameworks": found,
        "driver": driver(),
    }


def driver():
    """By the driver's own library: its devices, and memory of each that was written and read back."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        return {"error": str(error), "devices": []}

    def call(name, *arguments):
        status = getattr(cuda, name)(*arguments)
        if status:
            text = ctypes.c_char_p()
            named = cuda.cuGetErrorName(status, ctypes.byref(text)) == 0 and text.value
            words = text.value.decode() if named else "?"
            raise OSError(f"{name}: error {status} ({words})")

    devices, version, count = [], ctypes.c_int(), ctypes.c_int()
    try:
        call("cuInit", 0)
        call("cuDriverGetVersion", ctypes.byref(version))
        call("cuDeviceGetCount", ctypes.byref(count))
        for number in range(count.value):
            devices.append(device(call, number))
    except (OSError, AttributeError) as error:  # the second: a library without that function
        return {"error": str(error), "devices": devices}
    highest = f"{version.value // 1000}.{version.value % 1000 // 10}"
    return {"error": None if devices else "no CUDA device", "cuda": highest, "devices": devices}


def device(call, number):
    handle, name, memory = ctypes.c_int(), ctypes.create_string_buffer(256), ctypes.c_size_t()
    major, minor, context, address = ctypes.c_int(), ctypes.c_int(), ctypes.c_void_p(), ctypes.c_uint64()
    call("cuDeviceGet", ctypes.byref(handle), number)
    call("cuDeviceGetName", name, 256, handle)
    call("cuDeviceTotalMem_v2", ctypes.byref(memory), handle)
    call("cuDeviceGetAttribute", ctypes.byref(major), 75, handle)
    call("cuDeviceGetAttribute", ctypes.byref(minor), 76, handle)
    call("cuDevicePrimaryCtxRetain", ctypes.byref(context), handle)
    try:
        call("cuCtxSetCurrent", context)
        call("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(4096))
        call("cuMemsetD32_v2", address, ctypes.c_uint(0x5EED), ctypes.c_size_t(1024))
        back = (ctypes.c_uint * 1024)()
        call("cuMemcpyDtoH_v2", back, address, ctypes.c_size_t(4096))
        call("cuMemFree_v2", address)
    finally:
        call("cuDevicePrimaryCtxRelease_v2", handle)
    if set(back) != {0x5EED}:
        raise OSError("what was written to the GPU's memory did not come back")
    capability = f"{major.value}.{minor.value}"
    return {"name": name.value.decode(), "memory_mib": memory.value >> 20, "compute_capability": capability}


def torch(bench):
    import torch

    told = {"version": torch.__version__, "cuda": torch.version.cuda}
    if not torch.cuda.is_available():
        try:
            torch.cuda.init()
            return dict(told, error="torch.cuda.is_available() is false")
        except Exception as error:  # noqa: BLE001 - torch says here, in many classes, why it has no GPU
            return dict(told, error=str(error))
    x = torch.ones((1024, 1024), device="cuda")
    right = float((x @ x)[0, 0]) == 1024.0
    told = dict(told, device=torch.cuda.get_device_name(0), error=None if right else "its product of matrices is wrong")
    if bench:
        kind = torch.bfloat16 if torch.cuda.get_device_capability(0)[0] >= 8 else torch.float16
        x = torch.ones((SIDE, SIDE), device="cuda", dtype=kind)
        told["bench"] = measure(str(kind).split(".")[1], lambda: torch.mm(x, x), torch.cuda.synchronize)
    return told


def tensorflow(bench):
    import tensorflow as tf

    told = {"version": tf.__version__, "cuda": tf.sysconfig.get_build_info().get("cuda_version")}
    found = tf.config.list_physical_devices("GPU")
    if not found:
        return dict(told, error="tf.config.list_physical_devices('GPU') is empty")
    tf.config.experimental.set_memory_growth(found[0], True)
    with tf.device("/GPU:0"):
        x = tf.ones((1024, 1024))
        product = tf.matmul(x, x)
        told["device"] = tf.config.experimental.get_device_details(found[0]).get("device_name", product.device)
        right = float(product[0, 0]) == 1024.0 and "GPU" in product.device
        told["error"] = None if right else "its product of matrices is wrong, or was not made by the GPU"
        if bench:
            x, last = tf.ones((SIDE, SIDE), dtype=tf.float16), []

            def multiply():
                last[:] = [tf.matmul(x, x)]

            told["bench"] = measure("float16", multiply, lambda: float(last[0][0, 0]))
    return told


def jax(bench):
    import jax
    import jax.numpy as jnp

    told = {"version": jax.__version__, "cuda": None}
    if jax.default_backend() != "gpu":
        return dict(told, error=f"jax.default_backend() is {jax.default_backend()!r}")
    x = jnp.ones((1024, 1024))
    right = float((x @ x)[0, 0]) == 1024.0
    device = getattr(jax.devices()[0], "device_kind", str(jax.devices()[0]))
    told = dict(told, device=device, error=None if right else "its product of matrices is wrong")
    if bench:
        x, last = jnp.ones((SIDE, SIDE), dtype=jnp.float16), []

        def multiply():
            last[:] = [x @ x]

        told["bench"] = measure("float16", multiply, lambda: last[0].block_until_ready())
    return told


def measure(kind, multiply, finish):
    """The speed of matrix products in TFLOPS, after some that do not count."""
    for _ in range(3):
        multiply()
    finish()
    began, rounds = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        for _ in range(5):
            multiply()
        finish()
        rounds += 5
    seconds = time.perf_counter() - began
    return {"dtype": kind, "tflops": round(2.0 * SIDE**3 * rounds / seconds / 1e12, 2)}


def main(arguments):
    what = arguments[0] if arguments else "look"
    if what == "look":
        return look()
    try:
        return {"torch": torch, "tensorflow": tensorflow, "jax": jax}[what]("bench" in arguments)
    except Exception as error:  # noqa: BLE001 - a framework that cannot be imported, and whatever the GPU answers
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    answer = json.dumps(main(sys.argv[1:]))
    sys.stdout.write(f"\nCLOUDGPU {answer}\n")
    sys.stdout.flush()
