# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of segment facts, beside the archive or on this host."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from typing import Any

from ..._core.errors import InvalidInput, PitrError
from ..._core.json_fields import load_json
from ..._core.repository.layout import RECOVERY_ENDS_FILE, wal_facts_key
from ..._core.wal.file_name import SEGMENT, wal_file_kind
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
        self.look_up((name,))
        return self._known[name]

    def has_note(self, name: str) -> bool:
        """Whether something is noted of this name; whether of the segment that is stored now is not looked at."""
        return name in self._log(wal_facts_key(name))

    def look_up(self, names: Iterable[str]) -> None:
        """See what is known of these, all at once where the repository is far away, before :meth:`facts` is asked."""
        unknown = [name for name in names if name not in self._known]
        noted = {name: self._log(wal_facts_key(name)).get(name) for name in unknown}
        identities = self._notes.segment_identities(name for name, entry in noted.items() if isinstance(entry, dict))
        for name, entry in noted.items():
            self._known[name] = _facts_of(entry, identity=identities.get(name))

    def note(self, name: str, facts: SegmentFacts) -> None:
        """Take up what was read of a stored segment; :meth:`save` keeps it."""
        identity = self._notes.segment_identities((name,)).get(name)
        if identity is None:
            return
        self._known[name] = facts
        key = wal_facts_key(name)
        self._log(key)[name] = {"of": identity, **facts.to_dict()}
        self._changed.add(key)
        ends = [str(change.lsn) for change in facts.parameter_changes if change.ends_recovery]
        known = self._log(RECOVERY_ENDS_FILE)
        if ends or name in known:
            known[name] = {"of": identity, "at": ends}
            self._changed.add(RECOVERY_ENDS_FILE)

    def recovery_ends(self) -> dict[str, tuple[Lsn, ...]]:
        """The segments with records at which every recovery ends, and where these are.

        They have a file of their own, because a report looks for them in the whole archive.
        """
        found = {}
        noted = self._log(RECOVERY_ENDS_FILE)
        identities = self._notes.segment_identities(noted)
        for name, entry in noted.items():
            with suppress(ValueError, KeyError, TypeError, AttributeError, InvalidInput):
                if identities[name] is not None and entry["of"] == identities[name]:
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

    def _log(self, key: str) -> dict[str, Any]:
        if key not in self._entries:
            self._entries[key] = self._read(key)
        return self._entries[key]

    def _read(self, key: str) -> dict[str, Any]:
        with suppress(OSError, ValueError, KeyError, PitrError, AttributeError):
            document = load_json((self._notes.read(key) or b"{}").decode("utf-8"))
            if document.get("format") == _FORMAT:
                segments = document["segments"].items()
                return {name: entry for name, entry in segments if wal_file_kind(name) == SEGMENT}
        return {}


def _facts_of(entry: Any, *, identity: str | None) -> SegmentFacts | None:
    """What an entry tells of the segment that is stored now; ``None``: nothing."""
    if identity is None or not isinstance(entry, dict) or entry.get("of") != identity:
        return None
    with suppress(ValueError, KeyError, TypeError, AttributeError, InvalidInput):
        return SegmentFacts.parse(entry)
    return None


__all__ = ("SegmentIndex",)
