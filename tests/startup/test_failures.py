"""A failure is told with its stage, its line and what came before it, wherever in the script it is."""

from __future__ import annotations

import pytest

from tests.startup.machine import FOR_EVER, Machine

FUNCTIONS = "inner() { no_such_command; }\ncareful() { return 4; }\n"


def boot_with(machine: Machine, snippet: str) -> tuple[int, str]:
    """Boot with a snippet in the place of the stage's last command; the exit status, and the line that is blamed."""
    place = next(text for text in FOR_EVER.splitlines() if text.startswith("usermod "))
    script = FOR_EVER.replace(place, FUNCTIONS + snippet)
    code = machine.boot(script).returncode
    head, *_ = machine.failure
    stage, line, told = head.split()
    assert machine.status == f"failed {stage} {line}" and (stage, int(told)) == ("user", code)
    assert machine.stages[-1][0] == "user" and machine.stages[-1][3] == "failed"
    return code, script.splitlines()[int(line) - 1].strip()


@pytest.mark.parametrize(
    ("snippet", "code", "line"),
    [
        ("inner", 127, "inner() { no_such_command; }"),
        ("careful", 4, "careful"),
        ("true\n(\n  sh -c 'exit 5'\n  true\n)", 5, "sh -c 'exit 5'"),
        ("echo a | sh -c 'exit 6' | cat", 6, "echo a | sh -c 'exit 6' | cat"),
        ("echo a | while read -r one; do\n  sh -c 'exit 7'\ndone", 7, "sh -c 'exit 7'"),
        ("one=$(inner)", 127, "inner() { no_such_command; }"),
        ("for one in 1 2; do\n  [ $one = 1 ]\ndone", 1, "[ $one = 1 ]"),
        ('true\necho "$nobody_set_this"', 1, 'echo "$nobody_set_this"'),
        ("true\ncat </no/such/file", 1, "cat </no/such/file"),
        ("sh -c 'kill -9 $$'", 137, "sh -c 'kill -9 $$'"),
        ("( fail out of words )", 1, "( fail out of words )"),
        ("one=$(careful) || true\n(careful) || true\nif careful; then false; fi\nsh -c 'exit 4'", 4, "sh -c 'exit 4'"),
    ],
    ids=[
        "function", "return", "subshell", "pipeline", "loop-in-pipeline", "substitution", "test", "unset",
        "redirection", "killed", "fail", "tolerated-before",
    ],
)  # fmt: skip
def test_the_line_is_that_of_the_rendered_script(machine: Machine, snippet: str, code: int, line: str) -> None:
    assert boot_with(machine, snippet) == (code, line)


def test_the_last_forty_lines_of_the_output_are_kept_and_told(machine: Machine) -> None:
    boot_with(machine, 'for one in $(cat /proc/self/comm) {1..60}; do printf "line $one\\a\\n"; done\nsh -c "exit 2"')
    head, *output = machine.failure
    assert output == [f"line {number}" for number in range(21, 61)], "without what a terminal would act on"
    told = machine.console.splitlines()[-42:]
    stage, line, _ = head.split()
    assert told == [
        f"cloudgpu startup: failed {stage} {line}", f"cloudgpu startup| {head}",
        *(f"cloudgpu startup| {text}" for text in output),
    ]  # fmt: skip


def test_what_an_earlier_boot_said_is_not_taken_for_this_ones(machine: Machine) -> None:
    machine.stub("usermod", "echo of the first boot; exit 1")
    machine.boot(FOR_EVER)
    machine.stub("systemctl", "exit 1")
    machine.stub("docker", "exit 1")
    machine.boot(FOR_EVER)
    assert machine.status.startswith("failed docker ")
    assert "of the first boot" in machine.log and "of the first boot" not in "\n".join(machine.failure)


@pytest.mark.parametrize(
    "end",
    ["kill -TERM 0; sleep 5", "kill -TERM $PPID; exit 1", "kill -TERM $PPID"],
    ids=["all", "both-end", "only-the-script"],
)
def test_a_machine_that_goes_down_in_the_middle_has_not_failed(machine: Machine, end: str) -> None:
    machine.stub("usermod", end)
    assert machine.boot(FOR_EVER).returncode == 143
    assert machine.status == "running user"
    assert machine.stages[-1][0] == "nvidia-container-toolkit", "what was interrupted has no line yet"
    assert not (machine.state / "failure").exists() and "failed" not in machine.console
    machine.stub("usermod")
    machine.boot(FOR_EVER)
    assert (machine.status, [line[0] for line in machine.stages].count("user")) == ("done", 1)


@pytest.mark.parametrize("said", ["echo stopping", "echo offline; exit 1", "echo unknown; exit 4", "exit 1"])
def test_what_fails_because_the_machine_goes_down_has_not_failed(machine: Machine, said: str) -> None:
    (machine.root / "run/systemd/system").mkdir(parents=True, exist_ok=True)
    machine.stub("systemctl", f'[ "$1" != is-system-running ] || {{ {said}; }}')
    machine.stub("usermod", "exit 1")
    assert machine.boot(FOR_EVER).returncode == 1
    assert machine.status == "running user" and "failed" not in machine.console
