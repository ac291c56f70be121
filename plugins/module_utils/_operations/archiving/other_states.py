# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at the repositories behind the first one, each of which may be away."""

from __future__ import annotations

from dataclasses import replace

from ..._core.archiving.other_repository import OtherRepository
from ..._core.errors import PitrError
from ..._core.wal.listing import StoredWal
from ..._io.repository.repository import Repository
from ..._io.wal.push_failure import read_push_failure


def other_states(
    repository: Repository, *, name: str, stored: StoredWal | None, data_directory: str | None
) -> tuple[OtherRepository, ...]:
    """What each has of the cluster ``name``, compared with what is ``stored`` in the first (``None``: not known).

    ``data_directory`` has what failed in storing there.
    """
    return tuple(_look_at(each, name=name, stored=stored, data_directory=data_directory) for each in repository.others)


def _look_at(
    repository: Repository, *, name: str, stored: StoredWal | None, data_directory: str | None
) -> OtherRepository:
    is_required, failure = repository.is_required, None
    if data_directory is not None and not is_required:
        failure = read_push_failure(f"{data_directory}/pg_wal", repository.name)
    # Where there is one repository alone, nobody asks.
    from ..._core.report.newest_window import newest_window
    from ..._io.catalogue.records import read_catalogue

    try:
        repository.check_readable()
        folder = repository.cluster(name)
        own = folder.stored_wal()
        catalogue = read_catalogue(folder, own)
    except (PitrError, OSError) as error:
        reason = error.message if isinstance(error, PitrError) else str(error)
        return OtherRepository(repository.name, is_required, failure=failure, error=" ".join(reason.split()))
    if stored is None:
        found = OtherRepository(repository.name, is_required, failure=failure)
    else:
        found = OtherRepository.compared(
            repository.name, is_required=is_required, first=stored, own=own, failure=failure
        )
    return replace(found, backup_count=len(catalogue.backups), window=newest_window(catalogue))


__all__ = ("other_states",)
