# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stages a recovery in a restored directory: recovery settings and signal file."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ...._core.recovery.settings import (
    after_recovery,
    returning_settings,
    with_settings,
    without_recovery,
)
from ...._io.host.files import fsync_directory, read_text, write_durably
from ...._io.host.kept_identity import KeptIdentity

_SIGNAL = "recovery.signal"
_STANDBY_SIGNAL = "standby.signal"
_SIGNALS = (_SIGNAL, _STANDBY_SIGNAL)


def stage_recovery(directory: str, settings: Mapping[str, str]) -> str:
    """Write the recovery settings and ``recovery.signal``; the result are the lines to bring back after it."""
    path = f"{directory}/postgresql.auto.conf"
    before = read_text(path) or ""
    text = with_settings(without_recovery(before), settings)
    write_durably(path, text.encode("utf-8", "surrogateescape"))
    # A standby.signal that the backup or its source had would win over recovery.signal.
    for name in _SIGNALS:
        if os.path.exists(f"{directory}/{name}"):
            os.unlink(f"{directory}/{name}")
    write_durably(f"{directory}/{_SIGNAL}", b"")
    return returning_settings(before, staged=settings)


def stage_standby(directory: str, settings: Mapping[str, str]) -> None:
    """Write what a standby keeps for good, and ``standby.signal``."""
    path = f"{directory}/postgresql.auto.conf"
    text = with_settings(without_recovery(read_text(path) or ""), settings)
    write_durably(path, text.encode("utf-8", "surrogateescape"))
    if os.path.exists(f"{directory}/{_SIGNAL}"):
        os.unlink(f"{directory}/{_SIGNAL}")
    write_durably(f"{directory}/{_STANDBY_SIGNAL}", b"")


def set_for_good(directory: str, settings: Mapping[str, str]) -> None:
    """Give the restored server these settings, which stay when its recovery is over, as ``ALTER SYSTEM`` would."""
    if settings:
        path = f"{directory}/postgresql.auto.conf"
        text = with_settings(read_text(path) or "", settings)
        write_durably(path, text.encode("utf-8", "surrogateescape"))


def restage_action(directory: str, *, staged: Mapping[str, str], action: str) -> dict[str, str]:
    """Let a stopped recovery do something else at its target; the result are the settings now staged."""
    settings = {**staged, "recovery_target_action": action}
    path = f"{directory}/postgresql.auto.conf"
    text = with_settings(read_text(path) or "", settings)
    write_durably(path, text.encode("utf-8", "surrogateescape"))
    return settings


def unstage_recovery(directory: str, *, staged: Mapping[str, str], before: str) -> bool:
    """Take the recovery settings out again after the recovery, and forget what it decrypted with; whether any setting
    was there to take."""
    KeptIdentity(directory).drop()
    path = f"{directory}/postgresql.auto.conf"
    text = read_text(path) or ""
    wanted = after_recovery(text, staged=staged, before=before)
    changed = wanted != text
    if changed:
        write_durably(path, wanted.encode("utf-8", "surrogateescape"))
    if os.path.exists(f"{directory}/{_SIGNAL}"):
        os.unlink(f"{directory}/{_SIGNAL}")
        fsync_directory(directory)
        changed = True
    return changed


__all__ = ("restage_action", "set_for_good", "stage_recovery", "stage_standby", "unstage_recovery")
