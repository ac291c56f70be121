# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.steps_diff import steps_diff
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.file_step import (
    FileState,
    MakeDirectory,
    RemoveFile,
    WriteFile,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.plan import SystemctlStep


def test_files_are_shown_before_and_after_and_other_steps_in_words() -> None:
    steps = (
        MakeDirectory("/etc/pgpitr", 0o755),
        WriteFile("/etc/pgpitr/db1.conf", b"a = 2\nb = 3\n", 0o640),
        WriteFile("/usr/local/bin/pgpitr", b"#!/usr/bin/python3\nPK", 0o755),
        RemoveFile("/etc/pgpitr/db2.conf"),
        SystemctlStep(("daemon-reload",)),
    )
    present = {
        "/etc/pgpitr/db1.conf": FileState(0o600, (0, 0), b"a = 1\n"),
        "/etc/pgpitr/db2.conf": FileState(0o640, (0, 0), b"c = 1\n"),
        "/usr/local/bin/pgpitr": None,
    }
    diff = steps_diff(steps, present=present)
    assert diff["before"] == "/etc/pgpitr/db1.conf (mode 0600)\n  a = 1\n/etc/pgpitr/db2.conf (mode 0640)\n  c = 1\n"
    assert diff["after"].splitlines() == [
        "/etc/pgpitr/ (mode 0755)",
        "/etc/pgpitr/db1.conf (mode 0640)",
        "  a = 2",
        "  b = 3",
        "/usr/local/bin/pgpitr (mode 0755)",
        "  program of 21 bytes",
        str(steps[-1]),
    ]


def test_plan_without_files_is_its_sentences() -> None:
    assert steps_diff(("take a full backup: it is the first",)) == {
        "before": "",
        "after": "take a full backup: it is the first\n",
    }
    assert steps_diff(()) == {"before": "", "after": ""}


def test_of_credentials_nothing_is_shown_but_that_they_change() -> None:
    path = "/etc/pgpitr/db1.s3"
    steps = (WriteFile(path, b"top-secret = 2\n", 0o600), RemoveFile(path))
    diff = steps_diff(steps, present={path: FileState(0o600, (0, 0), b"top-secret = 1\n")}, secret_paths=[path])
    assert "top-secret" not in str(diff)
    assert f"{path} (mode 0600)\n" in diff["before"] and f"{path} (mode 0600)\n" in diff["after"]
