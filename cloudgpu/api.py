"""`with cloudgpu.launch(...) as instance:` - the launch for Python programs; leaving the block destroys it."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from os import PathLike

from cloudgpu.events import Emit, Event
from cloudgpu.model import Container, GpuRequest, Instance, Limits, Network, Origin, Record
from cloudgpu.workflows.deps import Deps


@dataclass(frozen=True, slots=True)
class Notebook:
    """A running instance with Jupyter. `run` executes a command on it and gives its standard output."""

    record: Record
    deps: Deps

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def instance(self) -> Instance:
        assert self.record.instance is not None  # noqa: S101 - a launch that ended has one
        return self.record.instance

    @property
    def host(self) -> str:
        return self.instance.host or ""

    def run(self, argv: Sequence[str], *, timeout: float = 600) -> str:
        """MachineError if the command ends with another status than 0."""
        from cloudgpu.errors import MachineError
        from cloudgpu.workflows.arrive import target_of

        remote = self.deps.connect(target_of(self.record))
        try:
            result = remote.run(argv, timeout=timeout)
        finally:
            remote.close()
        if not result.ok:
            raise MachineError(
                f"{argv[0]} ended with status {result.status}.",
                remedy="The command's own words are in `details`.",
                details=result.stderr,
            )
        return result.stdout


def silent(event: Event) -> None:
    """An `emit` that shows nothing."""


@contextmanager
def launch(
    name: str | None = None,
    *,
    provider: str,
    gpu: str | None = None,
    image: str = "pytorch",
    rehearse: bool = False,
    project: str | None = None,
    profile: str | None = None,
    regions: Sequence[str] = (),
    zones: Sequence[str] = (),
    spot: bool = False,
    max_lifetime: str | None = None,
    budget: Decimal | None = None,
    network: str | None = None,
    subnet: str | None = None,
    wait_for_capacity: str | None = None,
    machine_image: str = "gpu",
    startup_script: str | PathLike[str] | None = None,
    ssh_cidr: str | None = None,
    emit: Emit | Callable[[Event], None] = silent,
) -> Iterator[Notebook]:
    """Launch, give the running instance, and destroy it at the end of the block, whatever happened in it.

    The arguments are the options of `cloudgpu launch`. Raises `CloudgpuError`; LeftBehindError where the destroy
    left something that bills.
    """
    from cloudgpu.cli import wiring
    from cloudgpu.errors import LeftBehindError
    from cloudgpu.rules import catalog, duration, names
    from cloudgpu.workflows.destroy import destroy
    from cloudgpu.workflows.launch import launch as launch_
    from cloudgpu.workflows.own_script import read_own_script
    from cloudgpu.workflows.plan import plan

    request = GpuRequest(catalog.parse_gpu(gpu) if gpu else None, None, tuple(regions), tuple(zones), spot)
    limits = Limits(duration.parse(max_lifetime) if max_lifetime else None, budget)
    patience = duration.parse(wait_for_capacity) if wait_for_capacity else None
    container = Container(catalog.resolve_image(image))
    script = read_own_script(startup_script)
    origin = Origin(provider, rehearsal=True) if rehearse else Origin(provider, project, profile)
    with ExitStack() as stack:
        desk = stack.enter_context(wiring.desk(emit))
        taken = [record.name for record in desk.store.records()]
        chosen = names.check_name(name) if name else names.new_name(secrets.choice, taken)
        stack.enter_context(wiring.working_on(desk, chosen))
        deps = wiring.deps(desk, origin, ssh_cidr=ssh_cidr)
        made = plan(
            chosen, "c" + secrets.token_hex(5), request, container, deps,
            limits=limits, network=Network(network, subnet), wait_for_capacity=patience,
            plain=machine_image == "ubuntu",
        )  # fmt: skip
        record = launch_(made, deps, own_script=script)
        try:
            yield Notebook(record, deps)
        finally:
            left = destroy(record, deps).left
        if left and sys.exc_info()[0] is None:
            raise LeftBehindError(f"Still there and billing: {'; '.join(left)}.", remedy=f"cloudgpu destroy {chosen}")
