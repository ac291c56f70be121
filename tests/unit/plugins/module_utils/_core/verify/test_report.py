# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.finding import (
    ARCHIVE,
    HISTORY,
    SEGMENT,
    Finding,
    Impact,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.report import VerifyCounts, VerifyReport

LOST = Finding(
    SEGMENT,
    "segment-missing",
    "3 segments are missing",
    segment="000000010000000000000005",
    last_segment="000000010000000000000007",
    impact=Impact(from_backup="b1", ends_at="0/5000000", resumes_with="b2"),
)
DAMAGED = Finding(
    ARCHIVE, "archive-damaged", "bad", backup="b1", file="base.tar.zst", impact=Impact(unusable=("b1", "b2"))
)
HISTORY_GONE = Finding(HISTORY, "history-missing", "gone", file="00000002.history")
COUNTS = VerifyCounts(backups=2, archives=4, files=1984, segments=128, read_bytes=96_000_000)


def report(*findings: Finding, rehearsal: bool = False) -> VerifyReport:
    return VerifyReport("db1", findings, COUNTS, VerifyCounts(segments=7), 7.25, looked_at=2, is_rehearsal=rehearsal)


def test_whole_repository() -> None:
    data = report().to_dict()

    assert data["ok"] is True
    assert data["findings"] == data["damaged"] == data["missing"] == []
    assert data["verified"] == {"backups": 2, "archives": 4, "files": 1984, "segments": 128}
    assert data["left"]["segments"] == 7
    assert data["read_bytes"] == 96_000_000
    assert data["text"] == (
        "db1: ok, read 2 backups, 4 archives and manifests, 128 WAL segments, 91.55 MiB in 7.2 s; "
        "not in this run: 0 archives and manifests, 7 WAL segments\n"
    )


def test_what_was_not_read_is_said() -> None:
    data = replace(report(), looked_at=3, never_verified=VerifyCounts(archives=1, segments=5), unparsed=9).to_dict()

    assert (data["verified"]["backups"], data["looked_at_backups"], data["unparsed_segments"]) == (2, 3, 9)
    assert (data["never_verified"]["archives"], data["never_verified"]["segments"]) == (1, 5)
    assert "read 2 of 3 backups completely, 4 archives" in data["text"]
    assert data["notes"] == [
        "the records of 9 WAL segments were not parsed: this host has no PostgreSQL programs of their version",
        "not verified by any run yet: 1 archives and manifests, 5 WAL segments",
    ]


def test_what_is_encrypted_was_not_looked_into() -> None:
    data = replace(report(), encrypted_archives=2, encrypted_segments=128).to_dict()

    assert (data["ok"], data["encrypted_archives"], data["encrypted_segments"]) == (True, 2, 128)
    assert data["notes"] == [
        "2 archives and 128 WAL segments are encrypted: they are as they were stored; what is in them can be read only"
        " with the age identity, by a restore"
    ]


def test_rehearsal_says_what_would_be() -> None:
    assert "would read 2 backups" in report(rehearsal=True).text()


def test_findings_are_named_with_their_cost() -> None:
    data = report(LOST, DAMAGED, HISTORY_GONE).to_dict()

    assert data["ok"] is False
    assert data["damaged"] == ["b1/base.tar.zst"]
    assert data["missing"] == ["000000010000000000000005-000000010000000000000007", "00000002.history"]
    lost, damaged, _history = data["findings"]
    assert lost["cost"]["window"] == {"backup": "b1", "ends_at": "0/5000000", "resumes_with": "b2"}
    assert damaged["cost"]["unusable_backups"] == ["b1", "b2"]
    assert damaged["cost"]["window"] is None
    lines = data["text"].splitlines()
    assert lines[0].endswith("3 problems found")
    assert lines[1].split()[:2] == ["segment-missing", "000000010000000000000005-000000010000000000000007"]
    assert lines[2].strip() == ("impact: recovery from b1 ends at 0/5000000; everything up to the end of b2 is lost")
    assert lines[4].strip() == "impact: unusable: b1, b2"


def test_message_names_the_first_three() -> None:
    assert report(DAMAGED).message() == "1 problem found in the repository of 'db1': bad"
    assert report(LOST, DAMAGED, HISTORY_GONE, HISTORY_GONE).message().endswith("bad; gone; and 1 more")
