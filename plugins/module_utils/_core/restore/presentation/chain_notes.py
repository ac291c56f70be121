# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore from incremental backups has to say about them."""

from __future__ import annotations

from ...catalogue.chain import Chain
from ...catalogue.chain_faults import chain_faults, fault_text


def chain_notes(chain: Chain) -> tuple[str, ...]:
    """Sentences for the plan; none for a full backup."""
    if len(chain.links) == 1:
        return ()
    maps = "visibility maps of incremental backups are not restored: index-only scans are slower until VACUUM has run"
    faults = (fault_text(fault, chain=chain) for fault in chain_faults(chain))
    return (maps, *(f"{fault}; only a new full backup ends this" for fault in faults))


__all__ = ("chain_notes",)
