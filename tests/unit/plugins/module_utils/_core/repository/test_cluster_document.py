# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.cluster_document import (
    former_name,
    may_write,
    writer_unknown,
)

WRITER = {"machine_id": "m1", "hostname": "db1", "data_directory": "/pg", "since": "2026-09-15T12:00:00Z"}
DOCUMENT: dict[str, Any] = {"name": "db1", "writers": [{**WRITER, "hostname": "old"}, WRITER]}


@pytest.mark.parametrize(
    ("machine_id", "hostname", "data_directory", "writes", "formerly"),
    [
        pytest.param("m1", "db1", "/pg", True, None, id="registered"),
        pytest.param("m1", "new", "/pg", False, "db1", id="renamed, or a copy of the machine"),
        pytest.param("m1", "new", "/copy", False, None, id="a copy beside"),
        pytest.param("m2", "db1", "/pg", False, None, id="another machine of that name"),
        pytest.param("", "new", "/pg", False, None, id="a machine without identity"),
    ],
)
def test_who_may_write(
    *, machine_id: str, hostname: str, data_directory: str, writes: bool, formerly: str | None
) -> None:
    assert (
        may_write(DOCUMENT, machine_id=machine_id, hostname=hostname, data_directory=data_directory),
        former_name(DOCUMENT, machine_id=machine_id, hostname=hostname, data_directory=data_directory),
    ) == (writes, formerly)


def test_both_explanations_are_told() -> None:
    renamed = writer_unknown(DOCUMENT, hostname="new", data_directory="/pg", formerly="db1")
    assert "'db1'" in renamed.message and "'new'" in renamed.message
    assert "If the host was renamed" in renamed.hint and "copy of the virtual machine" in renamed.hint
    assert (
        "a copy has the same system identifier"
        in writer_unknown(DOCUMENT, hostname="new", data_directory="/pg").message
    )
