"""check: what is proven about the GPU, by what machines and frameworks have answered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from cloudgpu.errors import ContainerError, MachineError
from cloudgpu.model import CommandResult, Record, State
from cloudgpu.rules import proof, startup
from cloudgpu.testing.scripted import ScriptedRemote
from cloudgpu.ui import proof as shown
from cloudgpu.workflows.check import check, unsound
from cloudgpu.workflows.launch import launch
from tests.ui.conftest import Golden, golden  # noqa: F401 - pytest finds the fixture by its name
from tests.workflows.bench import Bench

DOCKER = ("sudo", "-n", "docker")
SUMMARY = "| NVIDIA-SMI 580.95.05   Driver Version: 580.95.05   CUDA Version: 13.0 |\n"
CARD = {"name": "Tesla T4", "memory_mib": 15360, "compute_capability": "7.5"}
GOOD = {"error": None, "cuda": "13.0", "devices": [CARD]}
TORCH = {"version": "2.9.1+cu128", "cuda": "12.8", "device": "Tesla T4", "error": None}
NO_SMI = CommandResult(255, "", "Failed to initialize NVML: Unknown Error\n")
NO_PYTHON = CommandResult(127, "", "")


def answering(told: Mapping[str, object], chatter: str = "") -> CommandResult:
    return CommandResult(0, f"a banner\n\nCLOUDGPU {json.dumps(told)}\n", chatter)


def machine(
    look: CommandResult,
    frameworks: Mapping[str, CommandResult] | None = None,
    *,
    smi: CommandResult | None = None,
    summary: str = SUMMARY,
    card: str = "Tesla T4",
) -> ScriptedRemote:
    def program(argv: Sequence[str], stdin: bytes) -> CommandResult:
        assert stdin == startup.gpu_probe()
        words = argv[argv.index("python") + 1 :]
        return look if words == ["look"] else (frameworks or {})[words[0]]

    return ScriptedRemote(
        [
            ([*DOCKER, "ps"], CommandResult(0, "0123\n", "")),
            ([*DOCKER, "inspect"], CommandResult(0, "img:1\n", "")),
            ([*DOCKER, "exec", "cloudgpu"], smi or CommandResult(0, f"GPU 0: {card} (UUID: GPU-1)\n", "")),
            ([*DOCKER, "exec", "--interactive"], program),
            (proof.QUERY, CommandResult(0, f"{card}, 580.95.05, 15360\n", "")),
            (proof.SUMMARY, CommandResult(0, summary, "")),
        ]
    )


def looked(driver: Mapping[str, object], *frameworks: str) -> CommandResult:
    return answering({"python": "3.12.3", "cuda": "12.8.1", "frameworks": frameworks, "driver": driver})


@pytest.fixture
def record(bench: Bench) -> Record:
    return launch(bench.plan(), bench.deps)


def test_a_framework_that_computes(bench: Bench, record: Record, golden: Golden) -> None:  # noqa: F811 - pytest hands it over
    fast = answering({**TORCH, "bench": {"dtype": "float16", "tflops": 41.5}})
    bench.remote = machine(looked(GOOD, "torch"), {"torch": fast})
    found = check(record, bench.deps, bench=True)
    assert (found.ok, found.unproven) == (True, ())
    golden("check", shown.render(found))
    golden("document-check", json.dumps(shown.document(found), indent=2))
    assert [one for one in bench.remote.ran if one[-2:] == ["torch", "bench"]]


def test_a_slow_gpu_is_named(bench: Bench, record: Record) -> None:
    slow = answering({**TORCH, "bench": {"dtype": "float16", "tflops": 3.25}})
    bench.remote = machine(looked(GOOD, "torch"), {"torch": slow})
    assert "3.2 TFLOPS in float16 with torch, 5% of the 65 of its data sheet: slow" in shown.render(
        check(record, bench.deps, bench=True)
    )


def test_a_gpu_that_is_not_in_the_table(bench: Bench, record: Record) -> None:
    odd = answering({**TORCH, "device": "NVIDIA X1", "bench": {"dtype": "bfloat16", "tflops": 9.0}})
    bench.remote = machine(looked(GOOD, "torch"), {"torch": odd})
    assert "not in our table" in shown.render(check(record, bench.deps, bench=True))


def test_tensorflow_without_its_libraries(bench: Bench, record: Record, golden: Golden) -> None:  # noqa: F811 - as above
    broken = answering(
        {"version": "2.18.0", "cuda": "12.5.1", "error": "tf.config.list_physical_devices('GPU') is empty"},
        "W gpu_device.cc:2344] Cannot dlopen some GPU libraries. Skipping registering GPU devices...\n",
    )
    bench.remote = machine(looked(GOOD, "tensorflow"), {"tensorflow": broken})
    found = check(record, bench.deps)
    assert found.ok is False
    golden("check-broken", shown.render(found))
    error = unsound(found)
    assert error.exit_code == 8
    assert "is empty" in error.details


def test_one_framework_of_two_is_enough(bench: Bench, record: Record) -> None:
    fell_back = answering({"version": "0.10.2", "cuda": None, "error": "jax.default_backend() is 'cpu'"})
    bench.remote = machine(looked(GOOD, "torch", "jax"), {"torch": answering(TORCH), "jax": fell_back})
    found = check(record, bench.deps)
    assert found.ok is True
    assert "jax.default_backend() is 'cpu'" in shown.render(found)


def test_a_framework_that_dies_leaves_its_last_words(bench: Bench, record: Record) -> None:
    killed = CommandResult(137, "", "loading\nKilled\n")
    bench.remote = machine(looked(GOOD, "torch"), {"torch": killed})
    found = check(record, bench.deps)
    assert (found.ok, found.frameworks[0].error) == (False, "Killed")


def test_without_a_framework_the_drivers_library_counts(bench: Bench, record: Record) -> None:
    bench.remote = machine(looked(GOOD))
    assert check(record, bench.deps).ok is True
    bench.remote = machine(looked({"error": "cuInit: error 802 (CUDA_ERROR_SYSTEM_NOT_READY)", "devices": []}))
    found = check(record, bench.deps)
    assert found.ok is False
    assert "fabric manager" in unsound(found).brief


def test_an_image_without_python_is_said(bench: Bench, record: Record) -> None:
    bench.remote = machine(NO_PYTHON)
    found = check(record, bench.deps)
    assert found.ok is True
    assert "Not proven: that a program can compute: the image has no Python" in shown.render(found)


def test_a_python_that_is_too_old_or_dies_is_not_taken_for_none(bench: Bench, record: Record) -> None:
    bench.remote = machine(CommandResult(1, "", "SyntaxError: invalid syntax\n"))
    found = check(record, bench.deps)
    assert (found.ok, found.driver_error) == (False, "SyntaxError: invalid syntax")


def test_a_gpu_that_hangs_is_one_that_does_not_work(bench: Bench, record: Record) -> None:
    def hang(argv: Sequence[str], stdin: bytes) -> CommandResult:
        raise MachineError("The command did not end within 600 seconds.", remedy="wait")

    bench.remote = machine(looked(GOOD, "torch"))
    bench.remote.answers.insert(0, ([*DOCKER, "exec", "--interactive", "cloudgpu", *proof.PYTHON, "torch"], hang))
    found = check(record, bench.deps)
    assert (found.ok, found.frameworks[0].error) == (False, "no answer within 600 seconds")


def test_a_container_that_has_lost_its_gpu(bench: Bench, record: Record) -> None:
    bench.remote = machine(looked({"error": "libcuda.so.1: cannot open", "devices": []}), smi=NO_SMI)
    found = check(record, bench.deps)
    assert found.ok is False
    assert "lost its GPU" in unsound(found).brief


@pytest.mark.parametrize("card", ["Tesla T4 (rehearsal)", "Tesla T4 (FAKE)"])
def test_a_stand_in_proves_nothing_and_says_so(bench: Bench, record: Record, card: str) -> None:
    bench.remote = machine(looked({"error": "libcuda.so.1: cannot open", "devices": []}), card=card)
    found = check(record, bench.deps)
    assert (found.ok, found.stand_in) == (None, True)
    assert "Not proven: that the driver works." in shown.render(found)


def test_nowhere_to_look(bench: Bench, record: Record) -> None:
    bench.remote = ScriptedRemote([([*DOCKER, "ps"], CommandResult(0, "", ""))])
    with pytest.raises(ContainerError, match="No container runs"):
        check(record, bench.deps)
    bench.cloud.set_state("c0ffee", State.STOPPED)
    with pytest.raises(MachineError, match="is stopped") as caught:
        check(record, bench.deps)
    assert caught.value.remedy == "cloudgpu start quiet-otter"


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("Tesla T4", 65),
        ("NVIDIA L4", 121),
        ("NVIDIA L40S", 362),
        ("NVIDIA A10G", 70),
        ("NVIDIA A100-SXM4-80GB", 312),
        ("NVIDIA H100 80GB HBM3", 989),
        ("NVIDIA H100 PCIe", 756),
        ("Tesla V100-SXM2-16GB", 125),
        ("Tesla K80", None),
    ],
)
def test_what_a_gpu_should_give(name: str, peak: float | None) -> None:
    assert proof.peak(name) == peak


def test_the_newer_wording_of_the_summary() -> None:
    assert proof.highest_cuda("| NVIDIA-SMI 610.43   KMD Version: 610.43   CUDA UMD Version: 13.3 |") == "13.3"
    assert proof.highest_cuda("no such thing") is None
