"""The readiness table, row by row; what is known to be safe is mended once."""

from __future__ import annotations

from cloudgpu.errors import CloudgpuError, ContainerError, MachineError
from cloudgpu.events import Note, step
from cloudgpu.protocols import Remote
from cloudgpu.retry import until
from cloudgpu.rules import docker, readiness, troubles
from cloudgpu.workflows.deps import Deps

_MEND_WITHIN = 120.0


def check_machine(remote: Remote, deps: Deps) -> None:
    """Every row holds that has to hold before an image is there. MachineError, with what the probe's words mean and the
    words themselves, otherwise."""
    for check in readiness.CHECKS:
        hold(check, remote, deps)


def see_gpu(image: str, remote: Remote, deps: Deps) -> None:
    """A container of the image sees a GPU. ContainerError where another image may help, else MachineError."""
    hold(readiness.in_container(image), remote, deps, image=image)


def hold(check: readiness.Check, remote: Remote, deps: Deps, *, image: str = "") -> None:
    """One row. What does not hold and is not needed is a warning."""
    row = _Row(check, remote, deps, image)
    with step(deps.emit, check.name) as say:
        say(f"usually {check.usually}")
        if check.needed:
            until(row.holds, within=check.within, otherwise=row.failed, sleep=deps.sleep)
        elif not row.holds():
            deps.emit(Note(f"{check.name}: {row.words or 'not found'}. {check.hint}", warning=True))


def remedy(words: str, otherwise: str) -> str:
    """What the words are known for, with what helps; `otherwise` where they are not known."""
    trouble = troubles.find(words)
    return f"{trouble.meaning} {trouble.remedy}" if trouble else otherwise


class _Row:
    def __init__(self, check: readiness.Check, remote: Remote, deps: Deps, image: str) -> None:
        self._check, self._remote, self._deps, self._image = check, remote, deps, image
        self._mended = False
        self.words = ""

    def holds(self) -> bool:
        """Whether it holds, after a mend if there is one and none was tried yet."""
        if self._probe():
            return True
        trouble = troubles.find(self.words)
        if trouble is None or trouble.mend is None or self._mended or not self._alone():
            return False
        self._mended = True
        self._deps.emit(Note(trouble.mend.told))
        self._remote.run(trouble.mend.argv, timeout=_MEND_WITHIN)
        return self._probe()

    def failed(self) -> CloudgpuError:
        trouble = troubles.find(self.words)
        what = trouble.meaning if trouble else self._check.hint
        after = f" after {self._check.within:g} seconds" if self._check.within else ""
        if self._image and (trouble is None or trouble.image):
            return ContainerError(
                f"A container of {self._image} did not start with a GPU. {what}",
                remedy=trouble.remedy if trouble else "Another image: cloudgpu launch --image pytorch",
                details=self.words,
            )
        return MachineError(
            f"{self._check.name}: not ready{after}. {what}",
            remedy=trouble.remedy if trouble else "Try another zone or image: cloudgpu launch --zone ZONE",
            details=self.words,
        )

    def _probe(self) -> bool:
        result = self._remote.run(list(self._check.argv), timeout=120)
        self.words = f"{result.stderr}\n{result.stdout}".strip()
        return result.ok

    def _alone(self) -> bool:
        """Nobody's container runs: a repair would end it. What cannot be told counts as somebody."""
        found = self._remote.run(docker.anything())
        return found.ok and not found.stdout.strip()
