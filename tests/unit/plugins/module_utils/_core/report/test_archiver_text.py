# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_state import (
    SERVER_DOWN,
    ArchiverState,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.archiver_text import (
    archiver_attention,
    archiver_lines,
    archiving_attention,
    archiving_line,
)

WELL = ArchiverState(last_archived="S")
FRESH = ArchiverState()
DOWN = ArchiverState(2, 20.0, server_error=SERVER_DOWN)
FAILING = ArchiverState(2, 61.0, "S", "T")


@pytest.mark.parametrize(
    ("archiver", "lines"),
    [
        pytest.param(None, [], id="not known"),
        pytest.param(FRESH, ["  archiver  last archived nothing, 0 waiting"], id="nothing archived yet"),
        pytest.param(DOWN, ["  archiver  last archived not known, 2 waiting (for 20 s)"], id="server down"),
        pytest.param(FAILING, ["  archiver  last archived S, 2 waiting (for 61 s), FAILING on T"], id="failing"),
    ],
)
def test_state_in_a_line_of_the_catalogue(archiver: ArchiverState | None, lines: list[str]) -> None:
    assert archiver_lines(archiver) == lines


def test_state_in_a_few_words() -> None:
    assert archiving_line(WELL, lag_bytes=4096) == "last archived S, none waiting, 4.00 KiB behind"
    assert archiving_line(DOWN, lag_bytes=None) == "last archived not known, 2 waiting"
    assert archiving_line(FRESH, lag_bytes=None) == "last archived nothing, none waiting"


@pytest.mark.parametrize(
    ("archiver", "sentences"),
    [
        pytest.param(WELL, [], id="all is well"),
        pytest.param(FAILING, ["archiving fails on T: see the server's log"], id="failing"),
        pytest.param(ArchiverState(7, 20.0, "S"), [], id="waiting shortly"),
        pytest.param(
            ArchiverState(7, 7200.0, "S"), ["7 WAL files waiting to be archived, the oldest for 2 h"], id="waiting"
        ),
        pytest.param(
            ArchiverState(1, 7200.0, server_error="no server"),
            ["no server", "1 WAL file waiting to be archived, the oldest for 2 h"],
            id="the server is down",
        ),
    ],
)
def test_what_is_wrong(archiver: ArchiverState, sentences: list[str]) -> None:
    assert [*archiver_attention(archiver)] == sentences
    assert archiving_attention(archiver, is_active=True) == sentences


def test_server_that_does_not_archive_at_all() -> None:
    assert archiving_attention(FAILING, is_active=False) == ["the server does not archive: run the playbook 'archive'"]
    assert archiving_attention(DOWN, is_active=None) == ["the server does not run"]
