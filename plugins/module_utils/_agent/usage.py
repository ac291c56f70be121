# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program says about its commands and their options; read only when it is asked, or told nonsense."""

from __future__ import annotations

# The arguments of each command, and what it does.
COMMANDS = {
    "archive-push": ("--cluster NAME %p", "PostgreSQL's archive_command"),
    "archive-get": ("--cluster NAME [--until SEGMENT] %f %p", "PostgreSQL's restore_command"),
    "info": ("[--cluster NAME] [--json]", "what can be recovered, of one cluster or of every configured one"),
    "backup": (
        "--cluster NAME [--type auto|full|incremental] [--max-age-seconds N] [--compression METHOD]"
        " [--full-every-days N] [--max-incrementals N] [--max-chain-percent N] [--allow-standby | --skip-standby]"
        " [--standby-wait-seconds N] [--wait-seconds N]",
        "take a base backup",
    ),
    "verify": (
        "--cluster NAME [--check] [--backup all|newest|LABEL] [--sample-percent N] [--max-age-seconds N] [--resume]"
        " [--max-rate-kib N] [--jobs N] [--json] [--skip-standby]",
        "prove that backups and WAL are whole, or with --check compare names, sizes and records only",
    ),
    "expire": (
        "--cluster NAME --keep-full N --keep-days N [--keep-daily N] [--keep-weekly N] [--keep-monthly N]"
        " [--keep-yearly N] [--wait-seconds N] [--dry-run] [--json | --summary] [--skip-standby]",
        "remove old backups and WAL, or with --dry-run say what would be removed",
    ),
    "pin": ("LABEL --cluster NAME --reason TEXT [--until TIME]", "keep a backup from being removed"),
    "unpin": ("LABEL --cluster NAME [--reason TEXT]", "release a backup, from all its pins or from that of one reason"),
    "version": ("", "the program's version"),
    "help": ("", "this text"),
}
_END = """\
Each takes --config-directory DIRECTORY (default /etc/pgpitr) too. The exit code is 0 when all is well;
1 when verify found something wrong, or when a command failed; 128 and the signal's number when one
interrupted it (130: Ctrl-C); 200 when archive-get failed, but for 1 when the file is not there.
"""


def usage_of(command: str) -> str:
    """A command with its arguments on one line; where there is no such command, the names of all."""
    if command not in COMMANDS:
        return f"The commands are {', '.join(COMMANDS)}; see 'pgpitr help'."
    return f"The arguments are: pgpitr {command} {COMMANDS[command][0]}"


def usage_text() -> str:
    """All commands with their arguments and what they do; ends with a line break."""
    import re
    import textwrap

    lines = ["usage:"]
    for command, (arguments, purpose) in COMMANDS.items():
        # An option stays on one line with its value.
        words = " ".join(each.replace(" ", "\xa0") for each in re.findall(r"\[[^]]*\]|--\S+ [A-Z]+|\S+", arguments))
        text = textwrap.fill(
            f"pgpitr {command} {words}".rstrip(" "),
            width=100,
            initial_indent="  ",
            subsequent_indent=" " * (len(command) + 10),
            break_on_hyphens=False,
        )
        lines += [text.replace("\xa0", " "), f"      {purpose}"]
    return "\n".join(lines) + "\n" + _END


__all__ = ("COMMANDS", "usage_of", "usage_text")
