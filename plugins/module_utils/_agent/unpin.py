# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr unpin``: release a backup from its pins."""

from __future__ import annotations

import sys
from argparse import Namespace

from .._core.errors import InvalidInput
from .._io.catalogue.pins import read_pins, unpin_backup
from .command_parser import CommandParser
from .configured_cluster import ConfiguredCluster
from .pin import check_known


def new_parser() -> CommandParser:
    """The command's arguments."""
    label = "20261101T030000Z-full"
    parser = CommandParser(
        "unpin",
        about="From then on the rules of retention decide whether it stays.",
        examples=(f"{label} --cluster db1", f"{label} --cluster db1 --reason 'before the migration'"),
    )
    parser.add_argument("label", metavar="LABEL", help="the backup, as 'pgpitr info' names it")
    parser.add_cluster()
    parser.add_dry_run(help="tell which pins the backup would be released from; change nothing")
    parser.add_value("--reason", metavar="TEXT", help="release it from the pin with this reason only (default: all)")
    return parser


def run(options: Namespace) -> int:
    """Release the backup ``LABEL`` from all pins, or from the one with that reason; 0. Everything else raises."""
    configured = ConfiguredCluster.read(options.cluster, config_directory=options.config_directory)
    check_known(configured, options.label, is_dry_run=options.dry_run)
    if options.dry_run:
        pins = read_pins(configured.folder, options.label)
        gone = tuple(pin for pin in pins if options.reason in (None, pin.reason))
    else:
        gone = unpin_backup(configured.folder, options.label, reason=options.reason)
    if not gone:
        _check_none_left(configured, options.label, reason=options.reason)
    how = "would be released, is" if options.dry_run else "released, was"
    lines = [f"{options.label}: {how} {each.phrase}\n" for each in gone]
    sys.stdout.write("".join(lines) or f"{options.label}: nothing to release\n")
    return 0


def _check_none_left(configured: ConfiguredCluster, label: str, *, reason: str | None) -> None:
    """A backup without a pin is as wanted; one that is pinned for other reasons is not."""
    reasons = [f"'{each.reason}'" for each in read_pins(configured.folder, label)]
    if reasons:
        raise InvalidInput(
            f"backup '{label}' has no pin with the reason '{reason}'",
            code="pin-unknown",
            hint=f"Its reasons are: {', '.join(reasons)}. Without --reason it is released from all of them.",
        )


__all__ = ("new_parser", "run")
