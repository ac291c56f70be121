# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_state import ArchiverState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin, format_pins
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.cluster_summary import ClusterSummary
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.report.cluster_report import summarize_cluster
from fake_runner import NoPrograms
from registered_cluster import SYSTEM_IDENTIFIER
from verify_repository import FULL, NEXT

NOW = datetime(2026, 11, 22, 23, tzinfo=timezone.utc)


def summary_of(
    folder: ClusterFolder, *, archiver: ArchiverState | None = None, max_age_seconds: int = 0
) -> ClusterSummary:
    """The summary on a host without PostgreSQL."""
    return summarize_cluster(
        folder, runner=NoPrograms(), now=NOW, archiver=lambda _stored: archiver, max_age_seconds=max_age_seconds
    )


def test_whole_chain_with_its_wal(chain: ClusterFolder) -> None:
    summary = summary_of(chain)

    assert (summary.name, summary.system_identifier, summary.seen_at) == ("db1", SYSTEM_IDENTIFIER, NOW)
    assert [backup.label for backup in summary.backups] == [FULL, NEXT]
    assert summary.newest_backup and summary.chain_links(summary.newest_backup) == 2
    assert [(window.backup, window.to_time) for window in summary.windows] == [(FULL, None)]
    assert (summary.gaps, summary.segment_count, summary.attention) == ((), 7, ())


def test_attention_is_of_backups_first_and_of_the_archiver_then(chain: ClusterFolder) -> None:
    summary = summary_of(chain, archiver=ArchiverState(1, failing_on="S"), max_age_seconds=1)

    age, archiver = summary.attention
    assert age.startswith("the newest backup that can be restored is ") and archiver.startswith("archiving fails on S")


def test_pins_are_read_of_the_backups_that_have_any(chain: ClusterFolder) -> None:
    pin = Pin("audit", NOW - timedelta(days=1))
    (Path(chain.backups_directory) / FULL / "pinned.json").write_text(format_pins([pin]), encoding="utf-8")

    assert summary_of(chain).pins == {FULL: (pin,)}


def test_gap_that_this_host_can_close_is_told_with_the_way(chain: ClusterFolder) -> None:
    (stored,) = Path(chain.path).rglob("000000010000000000000007*")
    stored.unlink()

    summary = summary_of(chain)

    assert [gap.first_segment for gap in summary.gaps] == ["000000010000000000000007"]
    assert [sentence for sentence in summary.attention if "pg_wal" in sentence]


def test_backup_that_lacks_a_file_is_damaged(chain: ClusterFolder) -> None:
    (archive,) = (Path(chain.backups_directory) / FULL).glob("base.tar*")
    archive.unlink()

    summary = summary_of(chain)

    assert [label for label, _reason in summary.damaged_backups] == [FULL]
    assert summary.newest_backup is None
