# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr pin``: keep a backup from being removed."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import datetime, timezone

from .._core.catalogue.pin import Pin, with_pin
from .._core.errors import InvalidInput
from .._core.instant import format_instant
from .._core.target.parsing import read_moment
from .._core.wording import labels_text
from .._io.catalogue.pins import pin_backup, read_pins
from .._io.catalogue.records import read_backups
from .command_parser import CommandParser
from .configured_cluster import ConfiguredCluster
from .console.command_line import usage_error

_EXAMPLE = "2030-01-31T00:00:00+01:00"


def new_parser() -> CommandParser:
    """The command's arguments."""
    label = "20261101T030000Z-full"
    parser = CommandParser(
        "pin",
        about="It stays with everything that it builds on and all WAL from its start on. A pin with the same reason as"
        " an earlier one takes its place.",
        examples=(
            f"{label} --cluster db1 --reason 'before the migration'",
            f"{label} --cluster db1 --reason audit --until {_EXAMPLE}",
        ),
    )
    parser.add_argument("label", metavar="LABEL", help="the backup, as 'pgpitr info' names it")
    parser.add_cluster()
    parser.add_dry_run(help="tell which pins the backup would have; change nothing")
    parser.add_value("--reason", metavar="TEXT", required=True, help="why, for those who will read it")
    parser.add_value(
        "--until", metavar="TIME", help="when the pin ends, with a UTC offset (default: when it is released)"
    )
    return parser


def run(options: Namespace) -> int:
    """Pin the backup ``LABEL``; 0. Everything else raises."""
    if not options.reason:
        raise usage_error("--reason is empty", hint="Say why the backup must stay, for those who will read it.")
    now = datetime.now(timezone.utc)
    until = None if options.until is None else _later(options.until, now=now)
    configured = ConfiguredCluster.read(options.cluster, config_directory=options.config_directory)
    check_known(configured, options.label, is_dry_run=options.dry_run)
    if options.dry_run:
        pins = with_pin(read_pins(configured.folder, options.label), Pin(options.reason, now, until))
    else:
        since = format_instant(now)
        pin_backup(configured.folder, options.label, reason=options.reason, since=since, until=until)
        pins = read_pins(configured.folder, options.label)
    would = "would be " if options.dry_run else ""
    sys.stdout.write("".join(f"{options.label}: {would}{each.phrase}\n" for each in pins))
    return 0


def check_known(configured: ConfiguredCluster, label: str, *, is_dry_run: bool) -> None:
    """Return when the cluster has the backup. Raises InvalidInput (``backup-unknown``), and what the look raises."""
    if is_dry_run:
        configured.repository.check_readable()
    else:
        configured.repository.check()
    labels = [backup.label for backup in read_backups(configured.folder)]
    if label not in labels:
        raise InvalidInput(
            f"'{configured.name}' has no backup '{label}'",
            code="backup-unknown",
            hint=f"It has: {labels_text(labels)}. 'pgpitr info' lists all.",
        )


def _later(text: str, *, now: datetime) -> datetime:
    try:
        until = read_moment(text)
    except InvalidInput as error:
        raise usage_error(
            f"--until '{text}' is not a time with its UTC offset, such as '{_EXAMPLE}'", hint="See 'pgpitr help pin'."
        ) from error
    if until <= now:
        raise InvalidInput(
            f"--until '{text}' is in the past",
            code="option-out-of-range",
            hint=f"Give a future time with its UTC offset, such as '{_EXAMPLE}'.",
        )
    return until


__all__ = ("check_known", "new_parser", "run")
