# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gaps that the cluster's own ``pg_wal`` can still close."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .gap import DAMAGED, MISSING, Gap

_NAMED = 3


@dataclass(frozen=True)
class Source:
    """A data directory on this host that may archive to the repository as ``cluster``, and its owner."""

    cluster: str
    data_directory: str
    os_user: str


def is_in_gap(name: str, *, gaps: Iterable[Gap]) -> bool:
    """Whether the segment of this name is missing or damaged."""
    return any(gap.first_segment <= name <= gap.last_segment for gap in gaps)


def closable_gap_sentences(names: Iterable[str], *, gaps: Sequence[Gap], source: Source) -> Iterator[str]:
    """What to do before the server removes these segments: one sentence for each kind of gap."""
    there = sorted(names)
    for reason, first in ((MISSING, ""), (DAMAGED, "move what the repository has of it out of there, and ")):
        kind = [gap for gap in gaps if gap.reason == reason]
        found = [name for name in there if is_in_gap(name, gaps=kind)]
        if found:
            yield (
                f"{_named(found)} {reason} in the archive and still whole in '{source.data_directory}/pg_wal': "
                f"{first}archive it again before the server removes it, as {source.os_user} in "
                f"'{source.data_directory}': pgpitr archive-push --cluster {source.cluster} pg_wal/{found[0]}"
            )


def _named(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} is"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"each of {', '.join(names[:_NAMED])}{more} is"


__all__ = ("Source", "closable_gap_sentences", "is_in_gap")
