# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of archiving in words, and what is wrong with it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ..archiving.archiver_state import ArchiverState
from ..archiving.held_wal import IN_USE, KeptWal
from ..archiving.other_repository import OtherRepository
from ..wording import age_text, begin_text, count_text, labels_text, size_text

_MAX_WAITING_SECONDS = 600
# PostgreSQL tries again after a minute.
_RETRIED_SECONDS = 180
_LINE_LENGTH = 100
_INDENT = " " * 12


def archiver_lines(archiver: ArchiverState | None) -> list[str]:
    """The archiver's state as a table of lines; none when it is not known."""
    if archiver is None:
        return []
    line = f"  archiver  last archived {_last_archived(archiver)}, {archiver.ready_count} waiting"
    if archiver.ready_count:
        line += f" (for {archiver.oldest_ready_seconds:.0f} s)"
    line += f", FAILING on {archiver.failing_on}" if archiver.failing_on else ""
    return [line, *(wrapped for label, text in _rows(archiver) for wrapped in _wrapped(label, text))]


def _rows(archiver: ArchiverState) -> Iterator[tuple[str, str]]:
    """What is known beside, each with its label."""
    if archiver.failure:
        yield "because", _failure(archiver)
    lag, rate, room = archiver.lag, archiver.rate, archiver.room
    if lag.size_bytes is not None:
        yield "at risk", f"{_loss(archiver)}: {archiver.repository} has WAL up to {lag.stored_until}"
    if rate.finished_per_second is not None or rate.archived_per_second is not None:
        archived, finished = _rate(rate.archived_per_second), _rate(rate.finished_per_second)
        yield "rate", f"{archived} segments a second archived, {finished} finished by the server"
    if room:
        waiting = f"{size_text(room.ready_bytes)} waiting"
        if room.queue_max_bytes is not None:
            waiting += f" (at most {size_text(room.queue_max_bytes)} without a warning)"
        yield "pg_wal", f"{size_text(room.used_bytes)}, {waiting}, {size_text(room.free_bytes)} free"
    for other in archiver.others:
        yield "also in", f"'{other.name}': {_other_line(other)}"
    for kept in archiver.kept_wal:
        if kept.is_stream:
            yield "streamed", _stream_line(kept)
    if archiver.kept_wal:
        yield "kept", ", ".join(map(str, archiver.kept_wal))


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _LINE_LENGTH,
        initial_indent=f"  {label:<10}",
        subsequent_indent=_INDENT,
        break_on_hyphens=False,
    )


def archiving_line(archiver: ArchiverState) -> str:
    """The state of archiving in a few words."""
    behind = archiver.lag.size_bytes
    lag = "" if behind is None else f", {size_text(behind)} behind"
    return f"last archived {_last_archived(archiver)}, {archiver.ready_count or 'none'} waiting{lag}"


def archiver_attention(archiver: ArchiverState) -> Iterator[str]:
    """What is wrong with archiving, in sentences."""
    if archiver.server_error:
        yield archiver.server_error
    if archiver.is_active is False:
        yield "the server does not archive: run the playbook 'archive'"
    else:
        yield from _waiting_attention(archiver)
    if archiver.repository_error:
        yield f"the repository cannot be read: {archiver.repository_error}"
    for other in archiver.others:
        yield from _other_attention(other)
    yield from archiver.held_wal


def _stream_line(kept: KeptWal) -> str:
    """How far the receiver of streamed WAL is."""
    behind = f"{size_text(kept.size_bytes)} behind" if kept.state == IN_USE else f"NOBODY receives ({kept.state})"
    return f"by slot '{kept.name}', {behind}"


def _other_line(other: OtherRepository) -> str:
    """What a further repository has."""
    role = "" if other.is_required else " (not required)"
    if other.error:
        return f"cannot be read{role}"
    if other.lacking_count is None:
        return f"not compared{role}"
    if not other.lacking_count:
        return f"all the WAL that the first has{role}{_other_window(other)}"
    lacking = f"lacks {count_text(other.lacking_count, 'segment')}, from {other.first_lacking}"
    return f"{lacking}{role}{_other_window(other)}"


def _other_window(other: OtherRepository) -> str:
    """What could be recovered from it alone; empty: that is not known."""
    if other.backup_count is None:
        return ""
    if other.window is None:
        return f"; {count_text(other.backup_count, 'backup')}, nothing can be recovered from it alone"
    since = begin_text(other.window.from_time)
    return f"; {count_text(other.backup_count, 'backup')}, recoverable since {since} to {other.window.end}"


def _other_attention(other: OtherRepository) -> Iterator[str]:
    if other.error:
        yield f"the repository '{other.name}' cannot be read: {other.error}"
    if other.failure:
        yield f"storing in the repository '{other.name}' fails: {other.failure.message} [{other.failure.code}]"
    if other.is_behind:
        yield (
            f"the repository '{other.name}' lacks {count_text(other.lacking_count or 0, 'segment')} of WAL that the"
            f" first one has, from {other.first_lacking}"
        )


def _waiting_attention(archiver: ArchiverState) -> Iterator[str]:
    """Why files wait, and that too many do."""
    if archiver.failing_on:
        yield f"archiving fails on {archiver.failing_on}: {_failure(archiver)}"
    elif archiver.oldest_ready_seconds > _MAX_WAITING_SECONDS:
        age = age_text(archiver.oldest_ready_seconds)
        yield f"{count_text(archiver.ready_count, 'WAL file')} waiting to be archived, the oldest for {age}"
    if archiver.future_files:
        names = labels_text(archiver.future_files)
        yield f"the host's clock was or is wrong: files that wait to be archived are dated in the future: {names}"
    room = archiver.room
    if room and room.queue_max_bytes is not None and room.is_over:
        yield (
            f"{size_text(room.ready_bytes)} of WAL wait to be archived, more than pitr_archiving_queue_max_bytes"
            f" ({size_text(room.queue_max_bytes)}): nothing is dropped, and PostgreSQL stops once the disk of pg_wal is"
            f" full ({size_text(room.free_bytes)} free)"
        )


def _failure(archiver: ArchiverState) -> str:
    """Why the archiver fails, in the words of archive-push where it left any."""
    failure = archiver.failure
    if failure is None or failure.name != archiver.failing_on:
        return "see the server's log"
    reason = f"{failure.message} [{failure.code}]"
    if archiver.failure_age_seconds > _RETRIED_SECONDS:
        age = age_text(archiver.failure_age_seconds)
        return f"{reason}, {age} ago; archive-push was not called since: see the server's log"
    return reason


def _loss(archiver: ArchiverState) -> str:
    """What would be lost with the host now."""
    lag = archiver.lag
    size = size_text(lag.size_bytes or 0)
    if lag.loss_seconds is None:
        return f"{size} if this host were lost now"
    if lag.loss_seconds == 0:
        return "nothing if this host were lost now"
    return f"{size}, the changes of {age_text(lag.loss_seconds)}, if this host were lost now"


def _rate(per_second: float | None) -> str:
    return "an unknown number of" if per_second is None else f"{per_second:.2f}"


def _last_archived(archiver: ArchiverState) -> str:
    """The file archived last, or whether it is known that there is none."""
    return archiver.last_archived or ("not known" if archiver.server_error else "nothing")


__all__ = ("archiver_attention", "archiver_lines", "archiving_line")
