# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The restored directories, complete and checked, beside what they will replace."""

from __future__ import annotations

import os

from ..._core.restore.plan import RestorePlan
from ..._io.host.runner import Runner
from ..._io.repository.cluster_folder import ClusterFolder
from ..extract.chain import ChainExtract
from ..extract.tablespace_links import set_links, write_tablespace_map
from .sibling_directories import make_directory, remove_tree


def restore_beside(
    plan: RestorePlan, *, folder: ClusterFolder, bin_directory: str, runner: Runner, seconds: float
) -> None:
    """Unpack and check the plan's backup into its own directories. When it fails, nothing is left of them.

    Raises Damaged (``backup-damaged``), Unavailable (``disk-full``, ``unpack-timeout``), Refused
    (``repository-foreign``).
    """
    remove_leftovers(plan)
    try:
        for path in (plan.unpack_base, *plan.unpack_into.values(), *plan.empty_directories):
            make_directory(path)
        _unpack(plan, folder=folder, bin_directory=bin_directory, runner=runner, seconds=seconds)
        _link_wal(plan)
    except BaseException:
        remove_leftovers(plan)
        raise


def remove_leftovers(plan: RestorePlan) -> None:
    """Remove what an earlier run that died left under the names that this one uses."""
    for path in (plan.unpack_base, *plan.unpack_into.values(), *plan.empty_directories, *_wal_directories(plan)):
        if plan.request.in_place:
            remove_tree(path)
        elif os.path.isdir(path):
            _empty(path)


def _unpack(plan: RestorePlan, *, folder: ClusterFolder, bin_directory: str, runner: Runner, seconds: float) -> None:
    unpack = ChainExtract(
        folder, base=plan.unpack_base, tablespaces=plan.unpack_into, bin_directory=bin_directory, runner=runner
    )
    unpack.run(plan.chain, timeout_seconds=seconds)
    write_tablespace_map(plan.unpack_base, plan.links)
    set_links(plan.unpack_base, plan.links)


def _link_wal(plan: RestorePlan) -> None:
    if plan.wal_link is None:
        return
    (new,) = _wal_directories(plan)
    make_directory(new)
    make_directory(f"{new}/archive_status")
    remove_tree(f"{plan.unpack_base}/pg_wal")
    os.symlink(plan.wal_link, f"{plan.unpack_base}/pg_wal")


def wal_directory_of(plan: RestorePlan) -> str:
    """Where the restored server's WAL lies before the swap."""
    return next(iter(_wal_directories(plan)), f"{plan.unpack_base}/pg_wal")


def _wal_directories(plan: RestorePlan) -> tuple[str, ...]:
    return tuple(pair.new for pair in plan.pairs if plan.wal_link is not None and pair.live == plan.wal_link)


def _empty(path: str) -> None:
    for name in os.listdir(path):
        inner = f"{path}/{name}"
        if os.path.isdir(inner) and not os.path.islink(inner):
            remove_tree(inner)
        else:
            os.unlink(inner)


__all__ = ("remove_leftovers", "restore_beside", "wal_directory_of")
