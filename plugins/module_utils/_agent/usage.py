# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program says about itself and its commands; imported only for help and usage errors."""

from __future__ import annotations

from .commands import CALLED_BY_POSTGRESQL, COMMANDS

_BEGINNING = """\
usage: pgpitr COMMAND [ARGUMENT ...]

Archives WAL, takes and verifies base backups, and shows what can be recovered.

commands:
"""
_END = """
'pgpitr help COMMAND' or 'pgpitr COMMAND --help' shows the arguments of one command, with defaults and examples.

exit codes:
  0    done, or nothing had to be done
  1    the command failed, or verify found something wrong; archive-get: the archive does not have the file
  128+ interrupted by the signal of that number (130: Ctrl-C)
  200  archive-get failed, which must stop a recovery

A message on standard error is 'pgpitr: MESSAGE [CODE]', followed by 'HINT: ...' where something can be done about it.
"""
_FOR_POSTGRESQL = {
    "archive-push": """\
PostgreSQL replaces %p by the path of the file; run it in the data directory. The file is on disk in the repository when
the exit code is 0. The same file again is no error, and another content under the same name is refused.

exit codes:
  0    the file is stored
  1    it is not; PostgreSQL tries again
""",
    "archive-get": """\
PostgreSQL replaces %f by the name of the file, and %p by the path where it wants it. With --until SEGMENT, files after
that segment, which is the last that the recovery needs, may be missing or damaged; with --last SEGMENT, none after that
segment is fetched.

exit codes:
  0    the file is there
  1    the archive does not have it, nor anything after it: recovery ends here
  200  it could not be fetched; recovery must not go on without it
""",
}


def usage_of(command: str) -> str:
    """A command of PostgreSQL's with its arguments on one line; where there is no such command, the names of all."""
    if command not in CALLED_BY_POSTGRESQL:
        names = (*CALLED_BY_POSTGRESQL, *COMMANDS, "version", "help")
        return f"The commands are {', '.join(names)}; see 'pgpitr help'."
    return f"The arguments are: pgpitr {command} {CALLED_BY_POSTGRESQL[command][0]}"


def help_of(command: str) -> str:
    """The help for one of PostgreSQL's commands; ends with a line break."""
    arguments, purpose = CALLED_BY_POSTGRESQL[command]
    options = "--config-directory DIRECTORY is where the configurations are (default: /etc/pgpitr).\n"
    purpose = f"{purpose[0].upper()}{purpose[1:]}."
    return f"usage: pgpitr {command} {arguments}\n\n{purpose}\n\n{options}{_FOR_POSTGRESQL[command]}"


def usage_text() -> str:
    """Every command with what it is for; ends with a line break."""
    rows = {
        **COMMANDS,
        **{name: purpose for name, (_arguments, purpose) in CALLED_BY_POSTGRESQL.items()},
        "version": "print the program's version",
        "help": "print this text, or the help for a command",
    }
    return _BEGINNING + "".join(f"  {name:<14}{purpose}\n" for name, purpose in rows.items()) + _END


__all__ = ("help_of", "usage_of", "usage_text")
