# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command lines that people and timers write, read by ``argparse`` and refused in the program's own words.

PostgreSQL's commands do not come here: importing ``argparse`` takes longer than storing a segment.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Optional

from .._core.errors import InvalidInput
from .._core.host.agent_config import DEFAULT_CONFIG_DIRECTORY
from .commands import COMMANDS
from .console.command_line import usage_error

_EXIT_CODES = """\
exit codes:
  0    done, or nothing had to be done
  1    {failed}
  128+ interrupted by the signal of that number (130: Ctrl-C)
"""
# What argparse says, by its beginning, and what the program says in its place.
_PHRASES = (("expected one argument", "has no value"), ("not allowed with argument", "cannot be given with"))
_REQUIRED = "the following arguments are required: "
_NEGATIVE_NUMBER = re.compile(r"-\d+|-\d*\.\d+")
Range = tuple[int, Optional[int]]


class CommandParser(argparse.ArgumentParser):
    """The arguments of one command. What is wrong with them is raised as InvalidInput (``usage``)."""

    def __init__(self, command: str, *, about: str = "", failed: str = "it failed", examples: Sequence[str]) -> None:
        """``about`` follows the command's purpose, ``failed`` says when the exit code is 1."""
        purpose = COMMANDS[command]
        lines = "".join(f"  pgpitr {command} {each}".rstrip() + "\n" for each in examples)
        super().__init__(
            prog=f"pgpitr {command}",
            description=f"{purpose[0].upper()}{purpose[1:]}. {about}".rstrip(),
            epilog=f"{_EXIT_CODES.format(failed=failed)}\nexamples:\n{lines}",
            formatter_class=_Formatter,
            allow_abbrev=False,
            exit_on_error=False,
        )
        self._command = command

    def add_value(self, name: str, *, metavar: str, help: str, to: Any = None, **others: Any) -> None:  # noqa: A002 - argparse's word
        """An option with a value, which may be given once; ``to`` is a group of options, if any."""
        (to or self).add_argument(name, metavar=metavar, help=help, action=_Once, **others)

    def add_cluster(self, *, required: bool = True, help: str = "the cluster, as it is configured here") -> None:  # noqa: A002
        """``--cluster``, and ``--config-directory``, where its configuration is."""
        self.add_value("--cluster", metavar="NAME", help=help, required=required)
        self.add_value(
            "--config-directory",
            metavar="DIRECTORY",
            default=DEFAULT_CONFIG_DIRECTORY,
            help="where the configurations of this host's clusters are (default: %(default)s)",
        )

    def add_number(self, name: str, *, allowed: Range, help: str, **others: Any) -> None:  # noqa: A002
        """An option that is a whole number of that range; ``help`` is followed by the range and the default."""
        least, most = allowed
        limits = f"{least} or more" if most is None else f"{least} to {most}"
        default = "" if others.get("default") is None else "; default: %(default)s"
        self.add_value(
            name,
            metavar="N",
            help=f"{help} ({limits}{default})",
            type=lambda text: _number(text, name=name, least=least, most=most, limits=limits),
            **others,
        )

    def add_choice(self, name: str, *, choices: Sequence[str], default: str, help: str) -> None:  # noqa: A002
        """An option that is one of a few words."""
        metavar = "|".join(choices)
        help = f"{help} (default: %(default)s)"  # noqa: A001
        self.add_value(name, metavar=metavar, default=default, help=help, type=_one_of(choices))

    def add_dry_run(self, *, help: str, earlier_name: str | None = None) -> None:  # noqa: A002
        """``--dry-run``; ``earlier_name`` is what it was called before, and is still accepted."""
        self.add_argument("--dry-run", action="store_true", help=help)
        if earlier_name is not None:
            self.add_argument(earlier_name, action="store_true", dest="dry_run", help=argparse.SUPPRESS)

    def add_repository(self) -> None:
        """``--repository``, for what is done in each of several."""
        self.add_value(
            "--repository", metavar="NAME", help="of several repositories only this one (default: all of this host)"
        )

    def add_skip_standby(self, to: Any = None) -> None:
        """``--skip-standby``, for timers that are the same on every host; ``to`` is a group of options, if any."""
        (to or self).add_argument(
            "--skip-standby", action="store_true", help="do nothing where the cluster is a standby, and end with 0"
        )

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """The options. Raises InvalidInput (``usage``, ``option-out-of-range``); ``--help`` raises SystemExit."""
        for argument in arguments:
            if self._is_unknown_option(argument):
                name = argument.partition("=")[0]
                raise self._usage_error(f"unknown option '{name}'", nearest_to=name)
        try:
            options, unexpected = self.parse_known_args(list(arguments))
        except argparse.ArgumentError as error:
            if error.argument_name is None:
                self.error(error.message)
            raise self._usage_error(f"{error.argument_name} {_in_our_words(error.message)}") from error
        if unexpected:
            raise self._usage_error(f"unexpected argument '{unexpected[0]}'")
        return options

    def error(self, message: str) -> NoReturn:
        """What argparse calls, or raises from Python 3.13 on, where it is about no single argument."""
        missing = message.partition(_REQUIRED)[2].partition(",")[0]
        raise self._usage_error(f"{missing} is missing" if missing else message)

    def _is_unknown_option(self, argument: str) -> bool:
        """Whether argparse would take it for an option that it does not know; text with a space is a value."""
        if not argument.startswith("-") or argument in ("-", "--") or " " in argument:
            return False
        is_known = argument in self._option_string_actions or argument.partition("=")[0] in self._option_string_actions
        return not is_known and not _NEGATIVE_NUMBER.fullmatch(argument)

    def _usage_error(self, what: str, *, nearest_to: str = "") -> InvalidInput:
        from difflib import get_close_matches

        known = [name for name in self._option_string_actions if name.startswith("--")]
        near = get_close_matches(nearest_to, known, n=1)
        suggestion = f"Did you mean '{near[0]}'? " if near else ""
        return usage_error(what, hint=f"{suggestion}See 'pgpitr help {self._command}'.")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help for terminals of any width, with the options beside their texts."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        # The description is prose; the epilog has its line breaks where they belong.
        if "\n" in text:
            return super()._fill_text(text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)


class _Once(argparse.Action):
    """Stores a value; the option given twice is a mistake, and not to be decided here."""

    _was_given = False

    def __call__(
        self, _parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, _option: str | None = None
    ) -> None:
        if self._was_given:
            raise argparse.ArgumentError(self, "is given twice")
        self._was_given = True
        setattr(namespace, self.dest, values)


def _in_our_words(message: str) -> str:
    for theirs, ours in _PHRASES:
        if message.startswith(theirs):
            return ours + message[len(theirs) :]
    return message


def _number(text: str, *, name: str, least: int, most: int | None, limits: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number")
    value = int(text)
    if value < least or (most is not None and value > most):
        raise InvalidInput(
            f"{name} is {value}", code="option-out-of-range", hint=f"It must be a whole number, {limits}."
        )
    return value


def _one_of(choices: Sequence[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise argparse.ArgumentTypeError(f"'{text}' is not one of {', '.join(choices)}")
        return text

    return read


__all__ = ("CommandParser",)
