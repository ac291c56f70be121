# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of a server that is restored on another host than the one it was backed up on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..catalogue.origin import Origin, OriginConfiguration
from ..postgres.configuration_text import quote_guc
from ..recovery.settings import with_settings, without_recovery, without_settings

_PLACES = ("config_file", "data_directory", "external_pid_file", "hba_file", "ident_file")


def configuration_elsewhere(
    origin: Origin, *, data_directory: str, own: Mapping[str, str], given: Mapping[str, str]
) -> OriginConfiguration:
    """The texts for the new host.

    ``own`` are the settings that this host decides; ``given`` are the user's, over all others. What the files name in
    the old data directory is in the new one.
    """
    old = origin.configuration
    moved = {
        name: text.replace(f"{origin.data_directory}/", f"{data_directory}/")
        for name, text in (("settings", old.settings), ("auto", old.auto), ("hba", old.hba), ("ident", old.ident))
    }
    placed = OriginConfiguration(
        without_settings(moved["settings"], _PLACES),
        without_recovery(without_settings(moved["auto"], _PLACES)),
        moved["hba"],
        moved["ident"],
    )
    decided = decided_by(placed, own)
    return replace(decided, auto=with_settings(decided.auto, given))


def decided_by(configuration: OriginConfiguration, own: Mapping[str, str]) -> OriginConfiguration:
    """The texts with these settings over all others."""
    lines = "".join(f"{name} = {quote_guc(value)}\n" for name, value in own.items())
    return replace(
        configuration,
        settings=without_settings(configuration.settings, own) + lines,
        auto=without_settings(configuration.auto, own),
    )


__all__ = ("configuration_elsewhere", "decided_by")
