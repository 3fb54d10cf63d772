"""The command tree. `--help` and completion read the table below and import no command."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from types import FrameType

import click

from cloudgpu import __version__
from cloudgpu.cli.settings import Settings

COMMANDS = {
    "launch": "Rent a GPU machine and start Jupyter on it.",
    "tunnel": "Open the notebook on this computer; heals itself.",
    "destroy": "Remove everything and stop the billing.",
    "stop": "Switch the machine off; its disk stays.",
    "start": "Switch a stopped machine on again.",
    "ps": "List the instances, what they cost and when they expire.",
    "status": "Show one instance as its cloud sees it now.",
    "check": "Prove that the container can use the GPU.",
    "logs": "Show what a machine or its container wrote.",
    "offers": "Show what can be bought, where and for how much.",
    "quota": "Show what your account allows; ask for more.",
    "rehearsal": "The embedded clouds: start, status, stop, serve, faults.",
    "completion": "Print the completion script for a shell.",
}
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _PipeBroke(Exception):
    """Whoever read our words, or was at the other end of a connection, has gone."""


class Commands(click.Group):
    """A group whose commands live in `cloudgpu.cli.<name>` and are imported on use."""

    def invoke(self, ctx: click.Context) -> object:
        """As click does, but a broken pipe leaves by our own door: click would end with 1 and forget what led to it."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _PipeBroke from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cloudgpu.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from cloudgpu.rules.suggest import did_you_mean

            ctx.fail(f"No such command {args[0]!r}. {did_you_mean(args[0], COMMANDS)}".rstrip())
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="cloudgpu")
@click.option(
    "--rehearse", is_flag=True, envvar="CLOUDGPU_REHEARSAL", help="Use the embedded clouds: nothing is bought."
)
@click.option("-v", "--verbose", is_flag=True, help="Show tracebacks and details.")
@click.option("-q", "--quiet", is_flag=True, help="Show results and errors only.")
@click.option("--no-color", is_flag=True, envvar="NO_COLOR", help="Plain text without colours.")
@click.pass_context
def cli(ctx: click.Context, rehearse: bool, verbose: bool, quiet: bool, no_color: bool) -> None:
    """A GPU notebook in the cloud for an afternoon, and the bill stops afterwards.

    \b
    cloudgpu launch --provider gcp     rent it
    cloudgpu tunnel                    use it
    cloudgpu destroy                   stop billing
    """
    settings = ctx.ensure_object(Settings)
    settings.rehearse, settings.verbose, settings.quiet, settings.color = rehearse, verbose, quiet, not no_color
    if ctx.invoked_subcommand == "launch":
        from cloudgpu.cli.configuration import defaults

        ctx.default_map = {"launch": defaults()}


def run(args: Sequence[str] | None = None) -> int:
    """Run one command line; the exit status. Nothing that goes wrong leaves a traceback without `--verbose`."""
    _end_like_ctrl_c()
    settings = Settings()
    try:
        outcome = cli.main(args, prog_name="cloudgpu", standalone_mode=False, obj=settings)
        return outcome if isinstance(outcome, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as wrong:
        with suppress(OSError):
            wrong.show()
        return wrong.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("Interrupted.")
        return 130
    except (_PipeBroke, BrokenPipeError) as error:
        return 130 if _interrupted(error) else 1
    except Exception as error:  # noqa: BLE001 - the last door: a message and a status, never a traceback
        from cloudgpu.ui import failure

        _say(failure.render(error, verbose=settings.verbose))
        return 130 if _interrupted(error) else int(getattr(error, "exit_code", 1))


def _interrupted(error: BaseException) -> bool:
    """Whether it came up while Ctrl-C was on its way out: then that is how the command ended, whatever else went wrong
    meanwhile."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, KeyboardInterrupt):
            return True
        if one is not None and one not in seen:
            seen.append(one)
            waiting += [one.__context__, one.__cause__]
    return False


def flushed(status: int) -> int:
    """The status, after all that was said is out. Python would make a reader that has gone the exit status."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            from cloudgpu.ui.text import let_go

            let_go(stream)
    return status


def _say(text: str) -> None:
    """On stderr, whether or not anybody reads it: the exit status is what counts then."""
    with suppress(OSError):
        click.echo(text, err=True)


def _end_like_ctrl_c() -> None:
    """A closed terminal and a polite kill undo what is half done, too; `nohup` keeps its meaning."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
