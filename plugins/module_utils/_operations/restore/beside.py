# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The restored directories, complete and checked, beside what they will replace."""

from __future__ import annotations

import os
import stat

from ..._core.restore.placement import Placement
from ..._core.restore.plan import RestorePlan
from ..._core.restore.swap.swap_pair import LEFT_IN_PLACE
from ..._io.host.durable_tree import make_durable
from ..._io.host.files import write_failed
from ..._io.host.runner import Runner
from ..._io.repository.cluster_folder import ClusterFolder
from ..extract.backup import DamagedBackup
from ..extract.chain import ChainExtract
from ..extract.manifests import Manifests
from ..extract.tablespace_links import set_links, write_tablespace_map
from .sibling_directories import make_directory, remove_tree

_GROUP_MODE = 0o750


def restore_beside(
    plan: RestorePlan,
    *,
    folder: ClusterFolder,
    manifests: Manifests,
    bin_directory: str,
    runner: Runner,
    seconds: float,
) -> None:
    """Extract and check the plan's backup in its own directories. When it fails, nothing is left of them.

    A backup that turns out to be damaged is taken from another repository, where there is one that has it. Raises
    Damaged (``backup-damaged``), Unavailable (``disk-full``, ``unpack-timeout``, ``write-failed``), Refused
    (``repository-foreign``).
    """
    while True:
        try:
            _restore(plan, folder, manifests, bin_directory=bin_directory, runner=runner, seconds=seconds)
        except DamagedBackup as error:
            if not folder.avoid(error.label):
                raise
            manifests.drop(error.label)
        else:
            return


def _restore(
    plan: RestorePlan,
    folder: ClusterFolder,
    manifests: Manifests,
    *,
    bin_directory: str,
    runner: Runner,
    seconds: float,
) -> None:
    placement = plan.placement
    extract = ChainExtract(
        folder,
        manifests=manifests,
        base=placement.base,
        tablespaces=placement.spaces,
        bin_directory=bin_directory,
        runner=runner,
    )
    remove_stale(plan)
    try:
        for path in (*placement.written_directories, *placement.empty_directories):
            make_directory(path)
        extract.run(plan.replay.chain, timeout_seconds=seconds)
        write_tablespace_map(placement.base, placement.links)
        set_links(placement.base, placement.links)
        _link_wal(plan)
        _leave_to_file_system(placement)
        _open_to_group(plan)
        _make_durable(placement)
    except BaseException:
        remove_stale(plan)
        raise


def remove_stale(plan: RestorePlan) -> None:
    """Remove what an earlier run that died left under the names that this one uses."""
    placement = plan.placement
    for path in (*placement.written_directories, *placement.empty_directories, *placement.wal_directories):
        if plan.request.in_place:
            remove_tree(path)
        elif os.path.isdir(path):
            _empty(path)


def _link_wal(plan: RestorePlan) -> None:
    placement = plan.placement
    if placement.wal_outside is None:
        return
    make_directory(placement.wal_directory)
    make_directory(f"{placement.wal_directory}/archive_status")
    remove_tree(f"{placement.base}/pg_wal")
    if placement.wal_link is not None:
        os.symlink(placement.wal_link, f"{placement.base}/pg_wal")


def _leave_to_file_system(placement: Placement) -> None:
    """Remove what the backup has of a file system's own: where entries trade places, that stays as it is."""
    if placement.directory in placement.by_entries:
        for name in LEFT_IN_PLACE:
            remove_tree(f"{placement.base}/{name}")


def _open_to_group(plan: RestorePlan) -> None:
    """Give what no archive has an entry for the mode of the backup's own directories.

    The server takes its umask from the data directory's mode (``checkDataDir`` in miscinit.c): 0700 would take the
    group's access away (``initdb --allow-group-access``) from all that it writes.
    """
    placement = plan.placement
    mode = stat.S_IMODE(os.stat(f"{placement.base}/base").st_mode)
    if mode == _GROUP_MODE:
        for path in (placement.base, *_made_wal_directories(placement), *placement.spaces.values()):
            os.chmod(path, mode)


def _make_durable(placement: Placement) -> None:
    """Before anything is exchanged for it: the server would only do it when it starts."""
    for path in placement.written_directories:
        try:
            make_durable(path)
        except OSError as error:
            raise write_failed(error.filename or path, error) from error


def _made_wal_directories(placement: Placement) -> tuple[str, ...]:
    return tuple(path for made in placement.wal_directories for path in (made, f"{made}/archive_status"))


def _empty(path: str) -> None:
    for name in os.listdir(path):
        inner = f"{path}/{name}"
        if os.path.isdir(inner) and not os.path.islink(inner):
            remove_tree(inner)
        else:
            os.unlink(inner)


__all__ = ("remove_stale", "restore_beside")
