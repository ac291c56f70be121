# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of archiving in words, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator

from ..archiving.archiver_state import ArchiverState
from ..wording import age_text, count_text, size_text

_MAX_WAITING_SECONDS = 600


def archiver_lines(archiver: ArchiverState | None) -> list[str]:
    """The archiver's state in one line; none when it is not known."""
    if archiver is None:
        return []
    line = f"  archiver  last archived {_last_archived(archiver)}, {archiver.ready_count} waiting"
    if archiver.ready_count:
        line += f" (for {archiver.oldest_ready_seconds:.0f} s)"
    return [line + (f", FAILING on {archiver.failing_on}" if archiver.failing_on else "")]


def archiving_line(archiver: ArchiverState, *, lag_bytes: int | None) -> str:
    """The state of archiving in a few words. ``lag_bytes``: the WAL that only the host has (``None``: not known)."""
    lag = "" if lag_bytes is None else f", {size_text(lag_bytes)} behind"
    return f"last archived {_last_archived(archiver)}, {archiver.ready_count or 'none'} waiting{lag}"


def archiver_attention(archiver: ArchiverState) -> Iterator[str]:
    """What is wrong with archiving, in sentences."""
    if archiver.server_error:
        yield archiver.server_error
    if archiver.failing_on:
        yield f"archiving fails on {archiver.failing_on}: see the server's log"
    elif archiver.oldest_ready_seconds > _MAX_WAITING_SECONDS:
        age = age_text(archiver.oldest_ready_seconds)
        yield f"{count_text(archiver.ready_count, 'WAL file')} waiting to be archived, the oldest for {age}"
    yield from archiver.held_wal


def archiving_attention(archiver: ArchiverState, *, is_active: bool | None) -> list[str]:
    """What is wrong with archiving. ``is_active``: whether the server archives, ``None`` when it does not run."""
    if is_active is False:
        return ["the server does not archive: run the playbook 'archive'"]
    return [*archiver_attention(archiver)]


def _last_archived(archiver: ArchiverState) -> str:
    """The file archived last, or whether it is known that there is none."""
    return archiver.last_archived or ("not known" if archiver.server_error else "nothing")


__all__ = ("archiver_attention", "archiver_lines", "archiving_attention", "archiving_line")
