# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.postmaster_file import PostmasterFile

_RUNNING = "4711\n/var/lib/a b\n1760000000\n5433\n/tmp\nlocalhost\n  5433001    196608\nready   \n"


def test_file_of_a_running_server_is_read() -> None:
    content = PostmasterFile.parse(_RUNNING)

    assert content == PostmasterFile(4711, "/var/lib/a b", 5433, "/tmp", "localhost", "ready")


@pytest.mark.parametrize(
    ("status", "accepts"), [("ready", True), ("standby", True), ("starting", False), ("stopping", False), ("", False)]
)
def test_status_says_whether_connections_are_accepted(status: str, accepts: bool) -> None:
    content = PostmasterFile.parse(_RUNNING.replace("ready   ", status))

    assert content is not None
    assert content.accepts_connections is accepts


def test_file_that_is_still_being_written_has_no_port_yet() -> None:
    content = PostmasterFile.parse("4711\n/d\n1760000000\n")

    assert content is not None
    assert (content.port, content.socket_directory, content.status) == (None, "", "")


@pytest.mark.parametrize("text", ["", "\n", "x\n"])
def test_file_without_a_process_id_says_nothing(text: str) -> None:
    assert PostmasterFile.parse(text) is None


def test_process_id_of_a_standalone_backend_is_negated() -> None:
    content = PostmasterFile.parse("-12\n/d\n")

    assert content is not None
    assert content.pid == 12
