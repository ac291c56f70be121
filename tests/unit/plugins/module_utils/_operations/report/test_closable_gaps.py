# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.gap import Gap
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.report.closable_gaps import closable_gap_remarks

GAP = Gap("000000010000000000000005", "000000010000000000000006")


def test_segments_that_a_writer_of_this_host_still_has(chain: ClusterFolder, data_directory: Path) -> None:
    (sentence,) = closable_gap_remarks(chain.identity(), gaps=[GAP])

    assert GAP.first_segment in sentence and str(data_directory / "pg_wal") in sentence.replace("'\"'\"'", "'")


def test_without_a_gap_nobody_is_looked_at(chain: ClusterFolder) -> None:
    assert closable_gap_remarks(chain.identity(), gaps=[]) == ()


def test_segments_that_are_gone_here_too(chain: ClusterFolder, data_directory: Path) -> None:
    for path in (data_directory / "pg_wal").iterdir():
        path.unlink()

    assert closable_gap_remarks(chain.identity(), gaps=[GAP]) == ()


def test_writer_of_another_host_and_directory_that_is_gone_tell_nothing(chain: ClusterFolder) -> None:
    identity = chain.identity()
    elsewhere = replace(identity, writers=tuple(replace(one, hostname="other") for one in identity.writers))
    gone = replace(identity, writers=tuple(replace(one, data_directory="/nowhere") for one in identity.writers))

    assert closable_gap_remarks(elsewhere, gaps=[GAP]) == closable_gap_remarks(gone, gaps=[GAP]) == ()
