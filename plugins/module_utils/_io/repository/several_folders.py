# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's folders in several repositories, as one for whoever restores from them.

The order is that of the list: what is whole in an earlier one is taken from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..._core.errors import Damaged, InvalidInput, Missing, PitrError, Refused, Unavailable
from ..._core.repository.identity import RepositoryIdentity
from ..._core.repository.layout import wal_key
from ..._core.wal.file_name import TIMELINE_HISTORY, wal_file_kind
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.listing import StoredWal
from ..storage.port import Storage
from ..wal.lookup import find_stored
from .cluster_folder import ClusterFolder
from .same_history import check_same_history, repositories_differ
from .several_storages import SeveralStorages


@dataclass(frozen=True)
class NamedFolder:
    """The cluster's folder in the repository of this name, which is required or not.

    ``check`` raises Unavailable where the repository is not mounted or cannot be read.
    """

    name: str
    folder: ClusterFolder
    is_required: bool = True
    check: Callable[[], None] = lambda: None


class SeveralFolders(ClusterFolder):
    """The folders of one cluster, of which those that can be read now count.

    What is added goes to each of them; ``unusable`` says why others are left out.
    """

    is_several = True

    def __init__(self, folders: Sequence[NamedFolder]) -> None:
        first = folders[0].folder
        self.name = first.name
        self.recipients = first.recipients
        self.age_identity = first.age_identity
        self.unusable: dict[str, str] = {}
        self._folders = tuple(folders)
        self._moved: dict[str, str] = {}

    @cached_property
    def usable(self) -> tuple[NamedFolder, ...]:
        """Those that have the cluster and can be reached.

        Raises Refused (``repository-foreign``) where two have different clusters; where none can be used, what keeps
        the first from it.
        """
        found: list[tuple[NamedFolder, RepositoryIdentity]] = []
        errors: list[PitrError] = []
        for each in self._folders:
            try:
                each.check()
                found.append((each, each.folder.identity()))
            except (Unavailable, InvalidInput, Damaged) as error:
                self.unusable[each.name] = " ".join(error.message.split())
                errors.append(error)
        if not found:
            raise errors[0]
        first, identity = found[0]
        for each, other in found[1:]:
            if not {*identity.system_identifiers} & {*other.system_identifiers}:
                raise _foreign(first, each, identity=identity, other=other)
        return tuple(each for each, _identity in found)

    @cached_property
    def several(self) -> SeveralStorages:
        """What they have, as one storage."""
        return SeveralStorages([each.folder.storage for each in self.usable])

    @property
    def storage(self) -> Storage:  # type: ignore[override]
        """What they have, as one storage."""
        return self.several

    def is_required(self, name: str) -> bool:
        """Whether the repository of this name has to have all that is archived."""
        return any(each.is_required for each in self._folders if each.name == name)

    @property
    def members(self) -> tuple[ClusterFolder, ...]:
        """Those that can be used."""
        return tuple(each.folder for each in self.usable)

    def holders(self, label: str) -> tuple[ClusterFolder, ...]:
        """Those with a record of this backup."""
        return tuple(each for each in self.members if each.has_backup(label))

    def name_of(self, storage: Storage) -> str:
        """The name of the repository that a storage belongs to."""
        return next(each.name for each in self.usable if each.folder.storage is storage)

    def source_of(self, label: str) -> str:
        """The name of the repository from which the backup is read."""
        return self.name_of(self.several.holders(label)[0])

    def avoid(self, label: str) -> bool:
        """Read the damaged backup from another repository, where one has it."""
        before = self.source_of(label)
        if not self.several.avoid(label):
            return False
        self._moved[label] = before
        return True

    @property
    def remarks(self) -> tuple[str, ...]:
        """Which backups were found damaged, and come from elsewhere."""
        return tuple(
            f"the backup {label} is damaged in the repository '{before}', and was taken from '{self.source_of(label)}'"
            for label, before in self._moved.items()
        )

    def identity(self) -> RepositoryIdentity:
        """Whose folders they are. Raises as :attr:`usable`."""
        return self.usable[0].folder.identity()

    def present_identity(self) -> RepositoryIdentity | None:
        """The same: a cluster that is in none of them cannot be restored from them."""
        return self.identity()

    def change_identity(self, change: Callable[[RepositoryIdentity | None], RepositoryIdentity]) -> bool:
        """Change it in each that is required, and in the others as far as they can be reached; whether any changed."""
        changes = [self._in_each(each, lambda folder: folder.change_identity(change)) for each in self._folders]
        return any(changes)

    def store_wal(
        self,
        source_path: str,
        *,
        data_directory: str,
        name: str | None = None,
        compression: str = "auto",
        secret_directory: str | None = None,
    ) -> bool:
        """Store it in each that is required, and in the others as far as they can be reached."""

        def store(folder: ClusterFolder) -> bool:
            return folder.store_wal(
                source_path,
                data_directory=data_directory,
                name=name,
                compression=compression,
                secret_directory=secret_directory,
            )

        stored = [self._in_each(each, store) for each in self._folders]
        return any(stored)

    def _in_each(self, each: NamedFolder, act: Callable[[ClusterFolder], bool]) -> bool:
        if each.is_required:
            return act(each.folder)
        # It catches up by ``pgpitr copy``.
        with suppress(Unavailable, InvalidInput, OSError):
            return act(each.folder)
        return False

    def listings(self) -> Mapping[str, StoredWal]:
        """What each has, by the names of the repositories."""
        return {each.name: each.folder.stored_wal() for each in self.usable}

    def stored_wal(self) -> StoredWal:
        """What any of them has. Raises Refused (``repositories-differ``) where histories do."""
        found = list(self.listings().values())
        others = tuple(sorted({name for each in found for name in each.others}))
        self._check_histories(others)
        return StoredWal(
            _joined([each.intervals for each in found]),
            others,
            found[0].size,
            _joined([each.expired for each in found]),
        )

    def _check_histories(self, names: Sequence[str]) -> None:
        """Of one timeline there is one history: two servers that were promoted to it have two."""
        for name in names:
            if wal_file_kind(name) != TIMELINE_HISTORY:
                continue
            stored = [(each, each.storage.read_all(wal_key(name))) for each in self.members]
            known = [(each, content) for each, content in stored if content is not None]
            for each, content in known[1:]:
                if content != known[0][1] and _is_whole(known[0][0], name) and _is_whole(each, name):
                    raise repositories_differ(known[0][0].storage, each.storage, name=name)

    def fetch_wal(
        self, name: str, destination: str, *, document: dict[str, Any] | None = None, key: str | None = None
    ) -> None:
        """Put the verified file at ``destination``, from the first that has it whole, wherever that is stored there.

        Raises as for one, and Refused (``repositories-differ``).
        """
        failures: list[PitrError | OSError] = []
        for number, each in enumerate(self.members):
            try:
                for earlier in self.members[:number]:
                    check_same_history(earlier.storage, each.storage, name=name)
                each.fetch_wal(name, destination)
            except (Missing, Damaged, OSError) as error:
                failures.append(error)
                continue
            return
        # What is missing in one and damaged in the other is damaged.
        raise next((each for each in failures if not isinstance(each, Missing)), failures[0])


def _joined(found: Sequence[Mapping[int, IntervalSet]]) -> dict[int, IntervalSet]:
    timelines = {timeline for each in found for timeline in each}
    return {
        timeline: IntervalSet.joined(pair for each in found for pair in each.get(timeline, IntervalSet()))
        for timeline in timelines
    }


def _is_whole(folder: ClusterFolder, name: str) -> bool:
    from ..wal.checksum_file import RunningChecksum, check_checksum

    key = find_stored(folder.storage, name=name)
    checksum = RunningChecksum()
    try:
        checksum.add(folder.storage.read_all(key or "") or b"")
        check_checksum(folder.storage, key or "", checksum=checksum)
    except (Damaged, Missing, OSError):
        return False
    return True


def _foreign(
    first: NamedFolder, each: NamedFolder, *, identity: RepositoryIdentity, other: RepositoryIdentity
) -> Refused:
    return Refused(
        f"the repository '{each.name}' has under '{each.folder.name}' the cluster with system identifier"
        f" {', '.join(other.system_identifiers)}, and '{first.name}' has {', '.join(identity.system_identifiers)}",
        code="repository-foreign",
        hint="Take the one that is another cluster's out of 'pitr_repositories', or give it the right path.",
    )


__all__ = ("NamedFolder", "SeveralFolders")
