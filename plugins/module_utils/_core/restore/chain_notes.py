# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore from incremental backups has to say about them."""

from __future__ import annotations

from ..catalogue.chain import Chain
from ..wording import labels_text


def chain_notes(chain: Chain) -> tuple[str, ...]:
    """Sentences for the plan; none for a full backup."""
    incremental = chain.links[1:]
    if not incremental:
        return ()
    maps = "visibility maps of incremental backups are not restored: index-only scans are slower until VACUUM has run"
    unrecorded = [link.label for link in incremental if link.truncations is None]
    if not unrecorded:
        return (maps,)
    return (
        maps,
        f"{labels_text(unrecorded)} does not tell which tables were truncated before it: in one that has grown again,"
        " deleted rows may be back; only a new full backup ends this",
    )


__all__ = ("chain_notes",)
