"""`cloudgpu completion`"""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash    echo 'eval "$(cloudgpu completion bash)"' >> ~/.bashrc
    zsh     echo 'eval "$(cloudgpu completion zsh)"' >> ~/.zshrc
    fish    cloudgpu completion fish > ~/.config/fish/completions/cloudgpu.fish
    """
    from click.shell_completion import get_completion_class

    from cloudgpu.cli.app import cli

    completion = get_completion_class(shell)
    assert completion is not None  # noqa: S101 - click has all three of the choices
    click.echo(completion(cli, {}, "cloudgpu", "_CLOUDGPU_COMPLETE").source())
