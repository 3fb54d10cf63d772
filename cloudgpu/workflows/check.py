"""check: what is proven about the GPU, on the machine and in its container."""

from __future__ import annotations

from contextlib import closing

from cloudgpu.errors import ContainerError, MachineError, UnreachableError
from cloudgpu.events import step
from cloudgpu.model import CommandResult, Record, State
from cloudgpu.protocols import Remote
from cloudgpu.rules import docker, proof, startup, troubles
from cloudgpu.rules.proof import Framework, Proof
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.reachable import connected, found

_LOOK_WITHIN, _FRAMEWORK_WITHIN = 120.0, 600.0  # a framework's first import from a cold network disk takes minutes


def check(record: Record, deps: Deps, *, bench: bool = False) -> Proof:
    """What works and what does not; nothing that does not work is an error here. MachineError and ContainerError where
    there is no machine or no container to look into."""
    record, instance = found(record, deps)
    if instance.state is not State.RUNNING:
        raise MachineError(f"{record.name} is {instance.state.value}.", remedy=f"cloudgpu start {record.name}")
    with step(deps.emit, "connect by SSH"):
        remote = connected(record, deps)
    with closing(remote):
        return _proof(record, remote, deps, bench=bench)


def unsound(found: Proof) -> ContainerError:
    """The error of a container without a GPU that works."""
    trouble = troubles.find(found.trouble)
    return ContainerError(
        f"The container of {found.name} has no GPU that works.{f' {trouble.meaning}' if trouble else ''}",
        remedy=trouble.remedy if trouble else f"cloudgpu logs {found.name}  # what its container wrote",
        details=found.trouble,
    )


def _proof(record: Record, remote: Remote, deps: Deps, *, bench: bool) -> Proof:
    if not remote.run(docker.running()).stdout.strip():
        raise ContainerError(
            f"No container runs on {record.name}.",
            remedy=f"cloudgpu logs {record.name} --container  # or: cloudgpu launch {record.name}",
        )
    with step(deps.emit, "GPU on the machine"):
        cards, driver = proof.cards(remote.run(list(proof.QUERY)).stdout)
        summary = remote.run(list(proof.SUMMARY)).stdout
    with step(deps.emit, "GPU in the container"):
        smi = remote.run(docker.execute(["nvidia-smi", "-L"]))
        smi_error = "" if smi.ok else _words(smi) or f"nvidia-smi ended with status {smi.status}"
        python = _ask(remote, ["look"], _LOOK_WITHIN)
    told = proof.looked(python)
    cuda_driver = told.get("driver") or {}
    tried = tuple(_try(name, remote, deps, bench=bench) for name in told.get("frameworks", ()))
    return Proof(
        name=record.name,
        image=remote.run(docker.inspect()).stdout.strip() or "an unknown image",
        driver=driver,
        cuda=proof.highest_cuda(summary),
        cards=proof.with_capabilities(cards, cuda_driver),
        smi_error=smi_error,
        stand_in=proof.is_stand_in(f"{summary}\n{smi.stdout}"),
        python=told.get("python"),
        image_cuda=told.get("cuda"),
        driver_error=str(cuda_driver.get("error") or ""),
        frameworks=tried,
    )


def _try(name: str, remote: Remote, deps: Deps, *, bench: bool) -> Framework:
    with step(deps.emit, f"{name} on the GPU") as say:
        say("its import, and a product of matrices")
        ended = _ask(remote, [name, *(["bench"] if bench else [])], _FRAMEWORK_WITHIN)
    return proof.framework(name, proof.answer(ended.stdout), f"{ended.stdout}\n{ended.stderr}")


def _ask(remote: Remote, words: list[str], timeout: float) -> CommandResult:
    """A program that does not come to its end, as on a GPU that hangs, is an answer as well."""
    argv = docker.execute([*proof.PYTHON, *words], stdin=True)
    try:
        return remote.run(argv, stdin=startup.gpu_probe(), timeout=timeout)
    except UnreachableError:
        raise
    except MachineError:
        return CommandResult(124, "", f"no answer within {timeout:g} seconds")


def _words(result: CommandResult) -> str:
    return f"{result.stderr}\n{result.stdout}".strip()
