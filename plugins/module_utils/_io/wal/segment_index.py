# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of segment facts, beside the archive or on this host."""

from __future__ import annotations

import json
from collections.abc import Callable, Container
from contextlib import suppress
from typing import Any

from ..._core.errors import InvalidInput, Missing, PitrError
from ..._core.repository.layout import RECOVERY_ENDS_FILE, wal_facts_key
from ..._core.wal.lsn import Lsn
from ..._core.wal.segment_facts import SegmentFacts
from ..storage.port import Storage
from .index_notes import Notes, notes_beside

_FORMAT = 1


class SegmentIndex:
    """The facts of archived segments, by name.

    An entry counts only for the segment that is stored now, known by its checksum, or by the version that another host
    tells of it. Everything can be read again from the WAL: what is missing, damaged, or of another segment of the name
    is as if it were not there.
    """

    def __init__(self, storage: Storage, *, notes: Notes | None = None) -> None:
        self._notes = notes or notes_beside(storage)
        self._entries: dict[str, dict[str, Any]] = {}
        self._known: dict[str, SegmentFacts | None] = {}
        self._changed: set[str] = set()

    def facts(self, name: str) -> SegmentFacts | None:
        """The facts of the stored segment; ``None``: they are not known."""
        if name not in self._known:
            self._known[name] = self._look_up(name)
        return self._known[name]

    def note(self, name: str, facts: SegmentFacts) -> None:
        """Take up what was read of a stored segment; :meth:`save` keeps it."""
        fingerprint = self._fingerprint(name)
        if fingerprint is None:
            return
        self._known[name] = facts
        key = wal_facts_key(name)
        self._log(key)[name] = {"of": fingerprint, **facts.to_dict()}
        self._changed.add(key)
        ends = [str(change.lsn) for change in facts.parameter_changes if change.ends_recovery]
        known = self._log(RECOVERY_ENDS_FILE)
        if ends or name in known:
            known[name] = {"of": fingerprint, "at": ends}
            self._changed.add(RECOVERY_ENDS_FILE)

    def recovery_ends(self) -> dict[str, tuple[Lsn, ...]]:
        """The segments with records at which every recovery ends, and where these are.

        They have a file of their own, because a report looks for them in the whole archive.
        """
        found = {}
        for name, entry in self._log(RECOVERY_ENDS_FILE).items():
            with suppress(ValueError, KeyError, TypeError, InvalidInput):
                if entry["of"] == self._fingerprint(name):
                    found[name] = tuple(Lsn.parse(lsn) for lsn in entry["at"])
        return found

    def save(self, *, is_stored: Callable[[str], bool]) -> None:
        """Keep what was noted, without segments that are not stored any more. Raises Unavailable.

        Of two that save at the same time the last one wins: what the other had is read from the WAL again.
        """
        for key in sorted(self._changed):
            entries = {name: entry for name, entry in self._entries[key].items() if is_stored(name)}
            text = json.dumps({"format": _FORMAT, "segments": entries}, separators=(",", ":"))
            self._notes.write(key, text.encode("utf-8"))
        self._changed.clear()

    def keep_only(self, keys: Container[str]) -> None:
        """Forget all logs but these, which would be kept for ever when retention has removed their WAL.

        Raises PitrError, OSError.
        """
        for key in self._notes.logs():
            if key not in keys:
                self._notes.remove(key)

    def _look_up(self, name: str) -> SegmentFacts | None:
        entry = self._log(wal_facts_key(name)).get(name)
        if not isinstance(entry, dict) or entry.get("of") is None or entry["of"] != self._fingerprint(name):
            return None
        with suppress(ValueError, KeyError, TypeError, AttributeError, InvalidInput):
            return SegmentFacts.parse(entry)
        return None

    def _fingerprint(self, name: str) -> str | None:
        with suppress(OSError, Missing):
            return self._notes.segment_identity(name)
        return None

    def _log(self, key: str) -> dict[str, Any]:
        if key not in self._entries:
            self._entries[key] = self._read(key)
        return self._entries[key]

    def _read(self, key: str) -> dict[str, Any]:
        with suppress(OSError, ValueError, PitrError, AttributeError):
            document = json.loads((self._notes.read(key) or b"{}").decode("utf-8"))
            segments = document.get("segments")
            if document.get("format") == _FORMAT and isinstance(segments, dict):
                return segments
        return {}


__all__ = ("SegmentIndex",)
