# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr pin`` and ``pgpitr unpin``: keep a backup from being removed, and release it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, timezone

from .._core.errors import InvalidInput
from .._core.instant import format_instant
from .._core.target.parsing import read_moment
from .._core.wording import labels_text
from .._io.catalogue.pins import pin_backup, read_pins, unpin_backup
from .._io.catalogue.records import read_backups
from .command_line import cluster_and_names, take_option, usage_error
from .configured_cluster import ConfiguredCluster

_EXAMPLE = "2030-01-31T00:00:00+01:00"


def pin(arguments: Sequence[str], *, config_directory: str) -> int:
    """Pin the backup ``LABEL``; 0. Everything else raises."""
    reason, rest = take_option(arguments, name="--reason")
    until_text, rest = take_option(rest, name="--until")
    name, (label,) = cluster_and_names(rest, names=("LABEL",))
    if not reason:
        raise usage_error("'pin' needs a --reason, which others will read")
    now = datetime.now(timezone.utc)
    until = None if until_text is None else _later(until_text, now=now)
    configured = ConfiguredCluster.read(name, config_directory=config_directory)
    with configured.acting():
        _check_known(configured, label)
        pin_backup(configured.folder, label, reason=reason, since=format_instant(now), until=until)
        pins = read_pins(configured.folder, label)
    sys.stdout.write("".join(f"{label}: {each.phrase}\n" for each in pins))
    return 0


def unpin(arguments: Sequence[str], *, config_directory: str) -> int:
    """Release the backup ``LABEL`` from all pins, or from that of one reason; 0. Everything else raises."""
    reason, rest = take_option(arguments, name="--reason")
    name, (label,) = cluster_and_names(rest, names=("LABEL",))
    configured = ConfiguredCluster.read(name, config_directory=config_directory)
    with configured.acting():
        _check_known(configured, label)
        gone = unpin_backup(configured.folder, label, reason=reason)
        if not gone:
            _check_none_left(configured, label, reason=reason)
    lines = [f"{label}: released, was {each.phrase}\n" for each in gone]
    sys.stdout.write("".join(lines) or f"{label}: nothing to release\n")
    return 0


def _later(text: str, *, now: datetime) -> datetime:
    try:
        until = read_moment(text)
    except InvalidInput as error:
        raise usage_error(f"--until '{text}' is not a moment with its UTC offset, such as '{_EXAMPLE}'") from error
    if until <= now:
        raise InvalidInput(
            f"--until '{text}' is over",
            code="option-out-of-range",
            hint=f"Give a moment to come, with its UTC offset, such as '{_EXAMPLE}'.",
        )
    return until


def _check_none_left(configured: ConfiguredCluster, label: str, *, reason: str | None) -> None:
    """A backup without a pin is as wanted; one that is pinned for other reasons is not."""
    reasons = [f"'{each.reason}'" for each in read_pins(configured.folder, label)]
    if reasons:
        raise InvalidInput(
            f"backup '{label}' has no pin of the reason '{reason}'",
            code="pin-unknown",
            hint=f"Its reasons are: {', '.join(reasons)}. Without --reason it is released from all of them.",
        )


def _check_known(configured: ConfiguredCluster, label: str) -> None:
    configured.repository.check()
    labels = [backup.label for backup in read_backups(configured.folder)]
    if label not in labels:
        raise InvalidInput(
            f"'{configured.name}' has no backup '{label}'",
            code="backup-unknown",
            hint=f"It has: {labels_text(labels)}. 'pgpitr info' lists all.",
        )


__all__ = ("pin", "unpin")
