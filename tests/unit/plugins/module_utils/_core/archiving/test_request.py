# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.request import ArchiveRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput


@pytest.mark.parametrize(
    ("option", "least", "most"),
    [
        ("archive_timeout_seconds", 0, 1073741823),
        ("max_wal_senders", 1, 262143),
        ("wal_summary_keep_days", 0, 24855),
        ("proof_timeout_seconds", 1, 86400),
    ],
)
def test_numbers_beyond_their_limits_are_refused(option: str, least: int, most: int) -> None:
    for value in (least, most):
        ArchiveRequest("db1", **{option: value}).check()  # type: ignore[arg-type]
    for value in (least - 1, most + 1):
        with pytest.raises(InvalidInput) as caught:
            ArchiveRequest("db1", **{option: value}).check()  # type: ignore[arg-type]
        assert caught.value.code == "option-out-of-range"
        assert caught.value.message == f"{option} is {value}, and must be {least} to {most}"


def test_command_names_the_cluster_and_where_the_configuration_lies() -> None:
    assert ArchiveRequest("db1").archive_command == "/usr/local/bin/pgpitr archive-push --cluster db1 %p"
    elsewhere = ArchiveRequest("db1", "/a/pgpitr", "/c").archive_command
    assert elsewhere == "/a/pgpitr archive-push --cluster db1 --config-directory /c %p"
