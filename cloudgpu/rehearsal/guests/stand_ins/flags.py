"""Docker's way with options: strict, long and short, and for some commands none after the first argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .refused import Refused


@dataclass(frozen=True)
class Command:
    """A subcommand. `flags`: the long name without dashes to `bool`, `value` or `list`; `short`: letter to long name;
    `own`: whatever follows the first argument belongs to the command in the container."""

    name: str
    usage: str
    flags: Mapping[str, str] = field(default_factory=dict)
    short: Mapping[str, str] = field(default_factory=dict)
    least: int = 0
    most: int | None = None
    own: bool = False


class Given:
    """The options of one call, by long name, and its arguments."""

    def __init__(self) -> None:
        self.arguments: list[str] = []
        self._values: dict[str, list[str]] = {}

    def add(self, name: str, value: str) -> None:
        self._values.setdefault(name, []).append(value)

    def on(self, name: str) -> bool:
        return self.last(name, "false") == "true"

    def last(self, name: str, otherwise: str = "") -> str:
        return self._values.get(name, [otherwise])[-1]

    def all(self, name: str) -> list[str]:
        return self._values.get(name, [])


def parse(command: Command, argv: list[str]) -> Given:
    """Refused, in docker's words and with its status, for what it does not know."""
    given, words = Given(), list(argv)
    while words:
        word = words.pop(0)
        if word == "--":
            given.arguments += words
            break
        if word.startswith("--"):
            _long(command, given, word[2:], words)
        elif word.startswith("-") and len(word) > 1:
            _short(command, given, word, words)
        else:
            given.arguments.append(word)
            if command.own:
                given.arguments += words
                break
    _count(command, given.arguments)
    return given


def wrong_flag(command: Command, text: str) -> Refused:
    usage = f"{text}\n\nUsage:  docker {command.name} {command.usage}"
    return Refused(f"{usage}\n\nRun 'docker {command.name} --help' for more information", 125)


def _long(command: Command, given: Given, word: str, words: list[str]) -> None:
    name, equals, value = word.partition("=")
    if name not in command.flags:
        raise wrong_flag(command, f"unknown flag: --{name}")
    if command.flags[name] == "bool":
        given.add(name, value if equals else "true")
    elif equals:
        given.add(name, value)
    elif words:
        given.add(name, words.pop(0))
    else:
        raise wrong_flag(command, f"flag needs an argument: --{name}")


def _short(command: Command, given: Given, word: str, words: list[str]) -> None:
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        name = command.short.get(letter)
        if name is None:
            raise wrong_flag(command, f"unknown shorthand flag: '{letter}' in {word}")
        if command.flags[name] == "bool":
            given.add(name, "true")
        elif letters or words:
            given.add(name, letters.removeprefix("=") if letters else words.pop(0))
            return
        else:
            raise wrong_flag(command, f"flag needs an argument: '{letter}' in {word}")


def _count(command: Command, arguments: list[str]) -> None:
    least, most = command.least, command.most
    if least <= len(arguments) and (most is None or len(arguments) <= most):
        return
    kind = "no arguments" if most == 0 else f"{'at least ' if most != least else ''}{least} argument"
    raise Refused(
        f"docker: 'docker {command.name}' requires {kind}{'s' if least > 1 else ''}\n\n"
        f"Usage:  docker {command.name} {command.usage}\n\nSee 'docker {command.name} --help' for more information"
    )
