# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of ``pgpitr`` with what each is for.

Each command that people and timers run has a module of its name here, with two functions: ``new_parser()`` reads its
arguments, ``run(options)`` does what they ask for and returns the exit code. A new command is a line in this table, the
module, and its place among the entry points of ``_ansible/bundle/sources.py``.
"""

from __future__ import annotations

COMMANDS = {
    "info": "show what can be recovered",
    "backup": "take a base backup",
    "verify": "read backups and WAL again, and tell what is damaged or missing",
    "expire": "remove old backups and the WAL that only they need",
    "pin": "keep a backup whatever retention says",
    "unpin": "release a backup from its pins",
    "copy": "bring WAL and backups from one repository of a cluster to another",
    "prune": "remove streamed WAL that every required repository has, too",
    "serve": "let a database host reach its cluster in the repository of this host",
    "restore": "show what a restore would do",
    "jobs": "show the restore, rollback or backup that is at work on a cluster, follow it, or stop it",
}
# Read by command_line.py, and run by push.py and get.py: the arguments, and what they are for.
CALLED_BY_POSTGRESQL = {
    "archive-push": ("--cluster NAME %p", "store a WAL file: PostgreSQL's archive_command"),
    "archive-get": (
        "--cluster NAME [--until SEGMENT] [--last SEGMENT] %f %p",
        "fetch a WAL file: PostgreSQL's restore_command",
    ),
}

__all__ = ("CALLED_BY_POSTGRESQL", "COMMANDS")
