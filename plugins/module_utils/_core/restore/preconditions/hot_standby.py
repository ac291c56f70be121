# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that a recovery must not have lower than the server that wrote the WAL.

With less the server does not start, or pauses in the middle of its recovery: see "Administrator's Overview" of hot
standby in the manual.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...catalogue.record import Backup
from ...errors import Refused
from ...target.replayed_records import ReplayedRecords
from ..request import RestoreFacts, RestoreRequest


def raised_settings(
    request: RestoreRequest, facts: RestoreFacts, *, backup: Backup, records: ReplayedRecords
) -> Mapping[str, int]:
    """What has to be raised for the recovery, by name; nothing where no client is let in before its end.

    Raises Refused (``hot-standby-settings``) where the command line of the server sets one, which no file overrides.
    """
    if not facts.hot_standby:
        return {}
    raised = {
        name: value
        for name, value in sorted(records.needed_settings(backup).items())
        # A configuration that only the backup has says what the backup's server had.
        if facts.settings.get(name, backup.settings.get(name, value)) < value
    }
    fixed = [name for name in raised if request.in_place and name in facts.command_line]
    if fixed:
        low = "; ".join(f"{name} is {facts.settings[name]}, and the WAL needs {raised[name]}" for name in fixed)
        raise Refused(
            f"the command line of the server sets less than the recovery needs: {low}",
            code="hot-standby-settings",
            hint="Raise it there, or take it off the command line, which wins over the configuration files.",
        )
    return raised


def raised_notes(raised: Mapping[str, int], facts: RestoreFacts) -> tuple[str, ...]:
    """What is raised, for people."""
    return tuple(
        f"{name} is {value} for the recovery, as the server that wrote the WAL had it"
        + (f" (configured: {facts.settings[name]})" if name in facts.settings else "")
        for name, value in raised.items()
    )


__all__ = ("raised_notes", "raised_settings")
