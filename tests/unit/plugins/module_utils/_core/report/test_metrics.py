# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_lag import ArchiveLag
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_rate import ArchiveRate
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_state import (
    ArchiverState,
    WalRoom,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.held_wal import KeptWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.open_transaction import (
    PREPARED,
    OpenTransaction,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.other_repository import OtherRepository
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.metrics import WatchedCluster, metrics_text
from sample_summary import sample_summary


def samples(*clusters: WatchedCluster) -> list[str]:
    """The lines that are no comments."""
    return [line for line in metrics_text(clusters).splitlines() if not line.startswith("#")]


def test_what_is_known_is_a_sample_with_its_help_and_type() -> None:
    state = ArchiverState(
        2,
        61.04,
        "S",
        "T",
        is_active=True,
        kept_wal=(
            KeptWal("slot", 'a "slot"', 7, "in use"),
            KeptWal("slot", "sub", 6, "held by a transaction", OpenTransaction(PREPARED, 90.5, gid="x")),
            KeptWal("wal_keep_size", "", 5, "always"),
        ),
        lag=ArchiveLag(2, 61.0, 100, None, 12.5),
        rate=ArchiveRate(0.5, None),
        room=WalRoom(10, 20, 30, 5),
        others=(OtherRepository("far", lacking_count=3), OtherRepository("spare", error="it is away")),
    )
    text = metrics_text([WatchedCluster("db1", sample_summary(), state)])

    assert "# HELP pgpitr_archive_ready_files WAL files that wait to be archived.\n" in text
    assert "# TYPE pgpitr_archive_ready_files gauge\n" in text
    assert {
        'pgpitr_repository_readable{cluster="db1"} 1',
        'pgpitr_server_answers{cluster="db1"} 1',
        'pgpitr_archiving{cluster="db1"} 1',
        'pgpitr_archive_failing{cluster="db1"} 1',
        'pgpitr_archive_ready_files{cluster="db1"} 2',
        'pgpitr_archive_ready_bytes{cluster="db1"} 10',
        'pgpitr_archive_oldest_ready_seconds{cluster="db1"} 61.0',
        'pgpitr_archive_queue_max_bytes{cluster="db1"} 5',
        'pgpitr_archive_loss_bytes{cluster="db1"} 100',
        'pgpitr_archive_loss_seconds{cluster="db1"} 12.5',
        'pgpitr_archive_finished_per_second{cluster="db1"} 0.5',
        'pgpitr_wal_directory_free_bytes{cluster="db1"} 30',
        'pgpitr_wal_kept_bytes{cluster="db1",by="slot",name="a \\"slot\\""} 7',
        'pgpitr_wal_kept_bytes{cluster="db1",by="wal_keep_size",name=""} 5',
        'pgpitr_wal_holder_seconds{cluster="db1",name="sub",transaction="prepared"} 90.5',
        'pgpitr_repository_lacking_segments{cluster="db1",repository="far"} 3',
        'pgpitr_repository_failing{cluster="db1",repository="far"} 0',
        'pgpitr_repository_failing{cluster="db1",repository="spare"} 1',
    } <= set(text.splitlines())
    assert "pgpitr_archive_archived_per_second" not in text


def test_what_is_not_known_is_left_out_and_no_zero() -> None:
    assert samples(WatchedCluster("db1", None, None)) == ['pgpitr_repository_readable{cluster="db1"} 0']
    down = samples(WatchedCluster("db1", None, ArchiverState(server_error="it does not run")))
    assert 'pgpitr_server_answers{cluster="db1"} 0' in down
    assert not any("loss" in line or "pgpitr_archiving" in line for line in down)


def test_samples_of_a_metric_stand_together() -> None:
    both = [WatchedCluster(name, None, ArchiverState()) for name in ("db1", "db2")]

    names = [line.partition("{")[0] for line in samples(*both)]
    assert [name for place, name in enumerate(names) if place and name in names[:place]] == names[1::2]
