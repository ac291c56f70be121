# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Healing the WAL of one repository from another in which it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..._core.errors import Changed, Damaged, Missing, Refused
from ..._core.repository.layout import checksum_key, digest_key, timeline_folder, wal_keys
from ..._core.wal.file_name import SEGMENT, TIMELINE_HISTORY, wal_file_kind
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.quarantine import set_aside
from ..._io.repository.same_history import check_same_history
from ..._io.repository.several_folders import NamedFolder
from ..._io.storage.port import Storage
from ..._io.wal.lookup import find_stored
from ..copying.staged_wal import staged_wal

# Below the scratch directory: what is in the target itself.
PROOF = "proof"
_LOG_DIGITS = 8


@dataclass(frozen=True)
class WalHealing:
    """Of ``target`` from ``sources``, in their order, by way of the directory ``scratch``.

    ``token`` is for the names of damaged bytes.
    """

    target: ClusterFolder
    sources: Sequence[NamedFolder]
    scratch: str
    token: str

    def heal(self, name: str) -> str:
        """Bring a segment or a history, which is missing or damaged; the name of the repository that it came from.

        It is verified before the damaged one is touched, and read back. Raises Missing (``heal-source-missing``),
        Refused (``repositories-differ``), Changed (``record-changed``) where it is whole by now, Damaged where what was
        stored is damaged again, and Unavailable where either is away.
        """
        reasons = []
        for each in self.sources:
            storage = each.folder.storage
            key = find_stored(storage, name=name)
            if key is None:
                continue
            self._check_history(storage, name=name)
            document = each.folder.identity().document()
            try:
                with staged_wal(storage, key, scratch=self.scratch, document=document) as (staged, keys):
                    self._put(name, staged=staged, keys=keys)
            except (Damaged, Missing) as error:
                reasons.append(f"'{each.name}': {error.message}")
                continue
            self._read_back(name)
            return each.name
        raise source_missing(name, reasons=reasons)

    def _put(self, name: str, *, staged: Storage, keys: Sequence[str]) -> None:
        storage = self.target.storage
        present = wal_keys(name)
        for key, found in zip(present, [*storage.stat_many(present)]):
            if found is not None:
                self._prove_damaged(key)
                set_aside(storage, key, version=found[2], token=self.token)
        # The file itself went first: nobody reads what lies beside none, also where a killed run has left that.
        beside = [each for key in present for each in (checksum_key(key), digest_key(key))]
        for key, found in zip(beside, [*storage.stat_many(beside)]):
            if found is not None:
                set_aside(storage, key, version=found[2], token=self.token)
        for key in keys:
            with staged.read(key) as reading:
                storage.put(key, reading, unless=wal_keys(name) if key == keys[-1] else ())

    def _prove_damaged(self, key: str) -> None:
        """Raise Changed where what lies under the key is whole."""
        document = self.target.identity().document()
        try:
            with staged_wal(self.target.storage, key, scratch=f"{self.scratch}/{PROOF}", document=document):
                pass
        except (Damaged, Refused):
            return
        except Missing:
            return
        raise whole_by_now(self.target.storage.address(key))

    def _read_back(self, name: str) -> None:
        document = self.target.identity().document()
        key = find_stored(self.target.storage, name=name)
        if key is not None:
            with staged_wal(self.target.storage, key, scratch=self.scratch, document=document):
                pass

    def _check_history(self, source: Storage, *, name: str) -> None:
        """Raise Refused where the timeline, or what is before the segment, is another server's."""
        if wal_file_kind(name) != TIMELINE_HISTORY:
            check_same_history(self.target.storage, source, name=name)
            return
        behind = _behind_last(self.target.storage, timeline=name[:8])
        if behind is not None:
            check_same_history(self.target.storage, source, name=behind)


def _behind_last(storage: Storage, *, timeline: str) -> str | None:
    """The name behind the last segment of the timeline; ``None``: there is none."""
    logs = [log for log in storage.list(timeline_folder(timeline)) if len(log) == _LOG_DIGITS]
    for log in sorted(logs, reverse=True):
        names = [name[:24] for name in storage.list(timeline_folder(timeline, log))]
        last = max((name for name in names if wal_file_kind(name) == SEGMENT), default=None)
        if last is not None:
            return f"{last[:16]}{int(last[16:], 16) + 1:08X}"
    return None


def source_missing(what: str, *, reasons: Sequence[str]) -> Missing:
    """The error for what no other repository has whole."""
    told = "; ".join(reasons)
    return Missing(
        f"no other repository has '{what}' whole" + (f": {told}" if told else ""),
        code="heal-source-missing",
        hint="Take a new backup. What is lost in all repositories cannot be brought back.",
    )


def whole_by_now(address: str) -> Changed:
    """The error for something that was replaced since it was found damaged."""
    return Changed(f"'{address}' is whole by now", code="record-changed", hint="Verify again.")


__all__ = ("PROOF", "WalHealing", "source_missing", "whole_by_now")
