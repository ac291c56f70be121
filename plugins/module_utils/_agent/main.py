# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed program ``pgpitr``: which command was asked for, and how it ends.

Nothing is imported here that a command may not need: PostgreSQL starts this program for every segment.
"""

from __future__ import annotations

import os
import sys

from .._core.errors import PitrError
from .console.command_line import take_option, usage_error
from .console.messages import complain, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

# The numbers of ExitCode, as plain ones because importing enum takes time. PostgreSQL takes 1 to 125 of a
# restore_command for "there is no such file" and goes on without it; above 125 of an archive_command the archiver ends
# itself and the failure is not counted.
EXIT_FAILED = 1
EXIT_GET_FAILED = 200
EXIT_INTERRUPTED = 130
_CALLED_BY_POSTGRESQL = ("archive-push", "archive-get")


def start() -> NoReturn:
    """Run the command in ``sys.argv`` and end the process."""
    # Started by the program's first line, ``python -c``, the arguments begin one place later.
    arguments = sys.argv[2:] if sys.argv[0] == "-c" else sys.argv[1:]
    code = main(arguments, drops_root=True)
    try:
        sys.stdout.flush()
    except OSError:
        # Nobody reads any more (``pgpitr info | head``).
        code = code or EXIT_FAILED
    # Taking the interpreter apart would cost each segment a millisecond, and everything is written by now.
    os._exit(code)


def main(arguments: Sequence[str], *, drops_root: bool = False) -> int:
    """Run one command; the exit code. Whatever happens, it keeps the contract of ``_core/exit_codes.py``.

    With ``drops_root`` a command that root typed is the cluster's user from then on, for good.
    """
    command = arguments[0] if arguments else "help"
    failed = EXIT_GET_FAILED if command == "archive-get" else EXIT_FAILED
    try:
        os.umask(0o077)
        if command in _CALLED_BY_POSTGRESQL:
            return _run_for_postgresql(command, arguments[1:])
        return _run_by_hand(command, arguments[1:], drops_root=drops_root)
    except (PitrError, OSError) as error:
        complain(error)
        return failed
    except SystemExit as error:
        if command == "archive-get":
            return failed
        if error.code is None:
            return 0
        return error.code if isinstance(error.code, int) else EXIT_FAILED
    except KeyboardInterrupt:
        # Before or after the command's own work, or in one of PostgreSQL's, whose codes are fixed.
        say("pgpitr: interrupted [interrupted]")
        return failed if command in _CALLED_BY_POSTGRESQL else EXIT_INTERRUPTED
    except BaseException:  # noqa: BLE001 - an exit code of 1 by accident would end a recovery and lose data
        sys.__excepthook__(*sys.exc_info())
        return failed


def _run_for_postgresql(command: str, arguments: Sequence[str]) -> int:
    """Run one of PostgreSQL's commands; where its arguments are wrong, the hint has those that it takes."""
    from .._core.host.agent_config import DEFAULT_CONFIG_DIRECTORY

    try:
        taken, rest = take_option(arguments, name="--config-directory")
        config_directory = taken or DEFAULT_CONFIG_DIRECTORY
        if command == "archive-push":
            from .wal import push

            return push.run(rest, config_directory=config_directory)
        from .wal import get

        return get.run(rest, config_directory=config_directory)
    except PitrError as error:
        if error.code != "usage":
            raise
        if list(arguments) in (["--help"], ["-h"]):
            return _help(command)
        from .usage import usage_of

        raise usage_error(error.message, hint=usage_of(command)) from error


def _run_by_hand(command: str, arguments: Sequence[str], *, drops_root: bool = False) -> int:
    """Run a command of a person or a timer."""
    from .commands import COMMANDS

    if command not in COMMANDS:
        return _run_small(command, arguments)
    from importlib import import_module

    from .interruption import interruption_hint, run_interruptible

    module = import_module(f".{command}", __package__)
    options = module.new_parser().read(arguments)
    if drops_root and os.geteuid() == 0 and hasattr(options, "config_directory"):
        from .cluster_user import become_cluster_user

        become_cluster_user(options)
    hint = interruption_hint(command, is_dry_run=getattr(options, "dry_run", False))
    return run_interruptible(lambda: int(module.run(options)), hint=hint, complain=complain)


def _run_small(command: str, arguments: Sequence[str]) -> int:
    from .usage import usage_of, usage_text

    if command in ("version", "--version"):
        from .._core.release import VERSION

        sys.stdout.write(f"pgpitr {VERSION}\n")
    elif command in ("help", "--help", "-h"):
        if arguments:
            return _help(arguments[0])
        sys.stdout.write(usage_text())
    else:
        raise usage_error(f"unknown command '{command}'", hint=usage_of(command))
    return 0


def _help(command: str) -> int:
    """Print the help for one command."""
    from .commands import CALLED_BY_POSTGRESQL, COMMANDS

    if command in CALLED_BY_POSTGRESQL:
        from .usage import help_of

        sys.stdout.write(help_of(command))
        return 0
    return _run_by_hand(command, ["--help"] if command in COMMANDS else [])


__all__ = ("EXIT_FAILED", "EXIT_GET_FAILED", "main", "start")
