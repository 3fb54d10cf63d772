"""What the pages say is so: links lead somewhere, commands exist, the tables are those of the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from cloudgpu import errors
from cloudgpu.cli.app import cli
from cloudgpu.data import SOURCES, table
from cloudgpu.rules import stages, troubles
from tests.house.errors import STATUSES

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in PAGES}


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{page}: {link}"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{page}: {link}"


def commands() -> list[tuple[str, str]]:
    """Every `cloudgpu ...` in a page or in the remedy of an error, with where it stands."""
    found = []
    for page, text in TEXTS.items():
        blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        lines = [line.strip() for block in blocks for line in block.splitlines()]
        # what stands in backticks in running text is a command where a command's name follows
        lines += re.findall(r"`(cloudgpu(?: --?[\w-]+)* [a-z][^`]*)`", text)
        found += [(page, line) for line in lines if line.startswith("cloudgpu ")]
    return found


def resolve(line: str) -> None:
    """AssertionError where the command or one of its options does not exist."""
    context, command = click.Context(cli, info_name="cloudgpu"), cli
    here: click.Command = command
    for word in shlex.split(line, comments=True)[1:]:
        if word.startswith("-") and word != "-":
            known = {flag for one in here.params for flag in (*one.opts, *one.secondary_opts)} | {"-h", "--help"}
            assert word.partition("=")[0] in known, f"{here.name} has no option {word}: {line}"
        elif isinstance(here, click.Group):
            found = here.get_command(context, word)
            assert found is not None, f"{here.name} has no command {word}: {line}"
            here = found


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands_exist(page: str, line: str) -> None:
    for part in re.split(r"\s*(?:&&|;)\s*", line):
        if part.startswith("cloudgpu "):
            resolve(part.replace("`", ""))


@pytest.mark.parametrize("line", ["cloudgpu frobnicate", "cloudgpu launch --frobnicate", "cloudgpu rehearsal dance"])
def test_a_command_that_does_not_exist_is_seen(line: str) -> None:
    with pytest.raises(AssertionError):
        resolve(line)


def test_statuses_are_those_of_the_error_tree() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", TEXTS["docs/errors.md"], re.MULTILINE)
    tree = {
        name: str(kind.exit_code)
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.CloudgpuError)
    }
    assert dict(rows) == tree
    listed = {int(status) for status in re.findall(r"^\| (\d+) \|", TEXTS["docs/errors.md"], re.MULTILINE)}
    assert listed == STATUSES | {0, 130}


def test_stages_in_the_docs_are_those_of_the_startup_script() -> None:
    page = TEXTS["docs/troubleshooting.md"]
    assert re.findall(r"^\| `([\w-]+)` \| .* \| .* \| (.+) \|$", page, re.MULTILINE) == [
        (stage.name, stage.source) for stage in stages.STAGES if stage.name != "done"
    ]


def test_words_of_a_gpu_in_trouble_in_the_docs_are_known() -> None:
    table = TEXTS["docs/troubleshooting.md"].partition("| what is said |")[2].partition("## The proof")[0]
    said = [words for row in table.splitlines() if row.startswith("| `") for words in re.findall("`([^`]+)`", row)]
    assert len(said) >= 9
    assert [words for words in said if troubles.find(words) is None] == []


def test_prices_in_the_readme_are_those_of_the_tables() -> None:
    (machine,) = (
        row
        for row in table("gcp_machine_prices")
        if (row["region"], row["machine_type"]) == ("us-central1", "n1-standard-4")
    )
    (gpu,) = (
        row
        for row in table("gcp_gpu_attach_prices")
        if (row["region"], row["accelerator"]) == ("us-central1", "nvidia-tesla-t4")
    )
    hourly = float(machine["usd_hour_on_demand"]) + float(gpu["usd_gpu_hour_on_demand"])
    spot = float(machine["usd_hour_spot"]) + float(gpu["usd_gpu_hour_spot"])
    assert f"| {hourly:.2f} (spot {spot:.2f}) |" in TEXTS["README.md"]
    (aws,) = (row for row in table("aws_gpu_instances") if row["instance_type"] == "g4dn.xlarge")
    assert f"| {aws['od_usd_us_east_1']} |" in TEXTS["README.md"]
    assert SOURCES["gcp_machine_prices"] in TEXTS["README.md"] and SOURCES["aws_gpu_instances"] in TEXTS["README.md"]


def test_what_the_changelog_and_the_package_call_themselves() -> None:
    assert "## [Unreleased]" in TEXTS["CHANGELOG.md"]
    assert (ROOT / "LICENSE").read_text().lstrip().startswith("Apache License")
