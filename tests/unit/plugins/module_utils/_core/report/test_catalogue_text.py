# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_state import ArchiverState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.gap import Gap
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.running_backup import RunningBackup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.window import Window
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.catalogue_text import (
    gap_text,
    info_text,
    unread_cluster_text,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.cluster_summary import GapLoss
from sample_summary import NOW, backup_ended, sample_summary, window_of

BACKUP = replace(backup_ended(2, "b2"), size_bytes=2_250_000_000, stored_bytes=96_000_000)


def test_cluster_with_everything() -> None:
    cluster = sample_summary(
        [backup_ended(4, "b1"), BACKUP],
        [window_of("08:00", None)],
        links={"b2": 3},
        without_wal=["b1"],
        gaps=[Gap("S4", "S4", ended=(0,))],
        pins={"b2": (Pin("audit", NOW, NOW + timedelta(days=1)), Pin("move", NOW, NOW))},
        damaged_backups=(("b0", "it is not JSON"),),
        running_backup=RunningBackup("b3", "", "copying", 40, stored_bytes=1024),
        archiver=ArchiverState(2, 61.0, "S3", "S4"),
        attention=("archiving fails on S4: see the server's log",),
    )
    assert info_text([cluster]).splitlines() == [
        "db1  (system identifier 7)",
        "  running   b3: copying, 40 %, 1.00 KiB stored",
        "  backup    b1                             ended 2026-09-15 08:00:00Z  timeline 1  "
        "       1 B, 1.00 GiB stored"
        "  NOT USABLE: its WAL is missing",
        "  backup    b2                             ended 2026-09-15 10:00:00Z  timeline 1    "
        "2.10 GiB, 91.55 MiB stored"
        "  chain of 3 from f  pinned until 2026-09-16 12:00:00Z: audit  was pinned until 2026-09-15 12:00:00Z: move",
        "  window    2026-09-15 08:00:00Z to ? (the time of the last commit is not known)"
        "  timeline 1  0/1F40 to 0/5DC0",
        "  gap       S4 is missing: nothing after it can be recovered until the next backup is taken",
        "  damaged   backup b0: it is not JSON",
        "  archiver  last archived S3, 2 waiting (for 61 s), FAILING on S4",
        "  ATTENTION archiving fails on S4: see the server's log",
    ]


def test_clusters_stand_apart() -> None:
    assert info_text([sample_summary(), sample_summary()]).count("\n\n") == 1


def test_text_of_nothing() -> None:
    assert info_text([]) == "The repository has no cluster.\n"
    assert info_text([sample_summary()]) == ("db1  (system identifier 7)\n  no backup\n  nothing can be recovered\n")


@pytest.mark.parametrize(
    ("window", "words"),
    [
        pytest.param(window_of("08:00", "09:00"), "08:00:00Z to 2026-09-15 09:00:00Z  timeline 1", id="a stretch"),
        pytest.param(window_of("08:00", "08:00"), "08:00:00Z, the end of the backup, alone (no commit", id="a moment"),
    ],
)
def test_window(window: Window, words: str) -> None:
    assert words in info_text([sample_summary(windows=[window])])


@pytest.mark.parametrize(
    ("gap", "loss", "text"),
    [
        pytest.param(
            Gap("S4", "S4"),
            GapLoss((window_of("08:00", "08:31"),), None),
            "S4 is missing: nothing after 2026-09-15 08:31:00Z can be recovered until the next backup is taken",
            id="at the end",
        ),
        pytest.param(
            Gap("S4", "S5", "damaged"),
            GapLoss((window_of("08:00", "08:31"), window_of("08:00", None)), window_of("09:00:00.500", None)),
            "S4 to S5 are damaged: nothing after 2026-09-15 08:31:00Z and before 2026-09-15 09:00:01Z can be recovered",
            id="between windows",
        ),
        pytest.param(
            Gap("S4", "S4"),
            GapLoss((), window_of("09:00", None)),
            "S4 is missing: nothing after it and before 2026-09-15 09:00:00Z can be recovered",
            id="before every window",
        ),
    ],
)
def test_gap_with_what_is_lost(gap: Gap, loss: GapLoss, text: str) -> None:
    assert gap_text(gap, loss=loss) == text


def test_cluster_whose_repository_is_away_tells_what_its_host_knows() -> None:
    archiver = ArchiverState(3, 61.0, "S3", repository_error="it is not mounted")

    assert unread_cluster_text("db1", archiver=archiver).splitlines() == [
        "db1  (its repository could not be read)",
        "  archiver  last archived S3, 3 waiting (for 61 s)",
        "  ATTENTION the repository cannot be read: it is not mounted",
    ]
