# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PostgreSQL's commands import is found, and little else."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.bundle.hot_path import (
    CALLED_BY_POSTGRESQL,
    hot_paths,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.bundle.sources import program_sources

SOURCES = {
    "_agent/main.py": "from .console.messages import say\ndef f():\n    from . import info",
    "_agent/console/messages.py": "",
    "_agent/info.py": "from .._core.report import text",
    "_agent/wal/push.py": "from ..._io.store import store",
    "_agent/wal/get.py": "def f():\n    from ..._io import fetch",
    "_io/store.py": "def f():\n    from .write_errors import full",
    "_io/write_errors.py": "",
    "_io/fetch.py": "",
    "_core/report.py": "",
}


def test_all_that_push_and_get_may_import_and_the_top_of_main() -> None:
    assert hot_paths(SOURCES) == SOURCES.keys() - {"_agent/info.py", "_core/report.py"}


def test_rooms_for_other_places_are_left_out_where_the_repository_is_a_directory() -> None:
    everywhere, here = hot_paths(program_sources()), hot_paths(program_sources(), elsewhere=False)
    assert {"_io/remote/storage.py", "_io/s3/storage.py"} <= everywhere - here
    assert {"_io/storage/directory.py", "_io/wal/lookup.py"} <= here


@pytest.mark.parametrize("command", CALLED_BY_POSTGRESQL)
def test_the_path_of_a_call_is_short(command: str) -> None:
    # PostgreSQL's commands are never root, and read nothing of what only root imports; the rooms for a repository on
    # another host or in object storage are entered where there is one, those for encryption where that is wanted, and
    # so is what only they import.
    elsewhere = (
        "_io/privilege/",
        "_io/remote/",
        "_io/s3/",
        "_core/repository/bucket.py",
        "_io/encryption/",
        "_core/encryption/",
        "_core/repository/ssh_command.py",
        "_core/error_class.py",
        "_core/repository/stored_key.py",
    )
    sources = {path: "" if path.startswith(elsewhere) else source for path, source in program_sources().items()}
    found = {path for path in hot_paths(sources, commands=[command]) if not path.startswith(elsewhere)}
    assert {"_agent/main.py", "_io/wal/lookup.py", f"{command.replace('.', '/')}.py"} <= found
    assert len(found) <= 50
    assert not [path for path in found if path.startswith("_operations/") or "command_parser" in path]
