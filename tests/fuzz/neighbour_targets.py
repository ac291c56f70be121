# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readers of what lies beside WAL and backups: the index, origins, leases, and what a repository's host answers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timezone

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.origin import Origin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.lease_log import Holder, LeaseState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import (
    RESTORE_POINT,
    ParameterChange,
    TablespaceCreation,
    TimelineBeginning,
    WalEvent,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_facts import SegmentFacts
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.answers import names_of, room_of, stats_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.wire import Disconnected, unpack
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.index_notes import LocalNotes
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.segment_index import SegmentIndex
from sample_origin import sample_origin
from target import Target

SEGMENT = "000000010000000000000003"
NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
_IDENTITY = "3b41c9e6"
_AT = Lsn.parse("0/3000028")


class _Notes(LocalNotes):
    """One file of the index, as it lies in a repository."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, key: str) -> bytes | None:
        return self._content

    def segment_identities(self, names: Iterable[str]) -> dict[str, str | None]:
        found: dict[str, str | None] = dict.fromkeys(names, _IDENTITY)
        # As a part of a path.
        assert all("/" not in name and name.isascii() and len(name) < 100 for name in found)
        return found


def _index(content: bytes) -> None:
    index = SegmentIndex(None, notes=_Notes(content))  # type: ignore[arg-type]
    facts = index.facts(SEGMENT)
    if facts is not None:
        assert SegmentFacts.parse(json.loads(json.dumps(facts.to_dict()))) == facts
        facts.has_later_than(NOON, inclusive=True)
        facts.may_have_xid(5)
    assert all(positions is not None for positions in index.recovery_ends().values())


def _origin(content: bytes) -> None:
    origin = Origin.parse(content.decode("utf-8"))
    assert Origin.parse(str(origin)) == origin


def _lease(content: bytes) -> None:
    state = LeaseState.parse(content.decode("utf-8"))
    assert LeaseState.parse(str(state)) == state
    state.taken(Holder("x", False, 9), now=1_800_000_000, seconds=60)


def _answer(content: bytes) -> None:
    assert all(".." not in name.split("/") for name in names_of(content, delimiter=""))
    fields = unpack(content)
    for read in (stats_of, room_of):
        read(fields)


def _facts() -> bytes:
    facts = SegmentFacts(
        first=NOON,
        least=NOON,
        greatest=NOON,
        xids=(700, 705),
        restore_points=(WalEvent(_AT, RESTORE_POINT, name="before"),),
        parameter_changes=(ParameterChange(_AT, "minimal", {"max_connections": 100}),),
        tablespaces=(TablespaceCreation(_AT, 16385, "/srv/x"),),
        beginnings=(TimelineBeginning(_AT, 2, NOON),),
    )
    return json.dumps({"format": 1, "segments": {SEGMENT: {"of": _IDENTITY, **facts.to_dict()}}}).encode()


def neighbour_targets() -> tuple[Target, ...]:
    """All of them."""
    expected = (PitrError, UnicodeDecodeError)
    ends = json.dumps({"format": 1, "segments": {SEGMENT: {"of": _IDENTITY, "at": ["0/3000028"]}}}).encode()
    lease = str(LeaseState((Holder("a", True, 1_790_000_000, "backup"), Holder("b", True, 1_790_000_005)))).encode()
    answer = b"\0".join((b"12", b"1790000000.5", b"7-12-1", b"base.tar", b"../x"))
    return (
        Target("index", (_facts(), ends), _index, (), is_json=True),
        Target("origin", (str(sample_origin()).encode(),), _origin, expected, is_json=True),
        Target("lease", (lease,), _lease, expected, is_json=True),
        Target("answer", (answer,), _answer, (*expected, Disconnected)),
    )


__all__ = ("neighbour_targets",)
