# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module compiles each time before it does anything is bounded: Ansible ships sources only."""

from __future__ import annotations

import ast

import pytest
from imports import Name, imported_files
from sources import MODULES, UTILS, python_files, tree_of

PAYLOAD = ("_ansible", "payload")
# Files imported at the top. Whoever needs more imports it late, at the one door of a room that few runs enter.
MOST = {
    "agent": 146,
    "backup_expire": 126,
    "backup_info": 154,
    "backup_verify": 155,
    "base_backup": 238,
    "cluster_info": 81,
    "recovery": 198,
    "restore": 265,
    "restore_point": 119,
    "stream_slot": 81,
    "timers": 128,
    "wal_archive": 175,
    "wal_archive_info": 145,
    "wal_receiver": 90,
    "writers": 78,
}
# Rooms for a repository on another host or in a bucket, and for several, which are entered where there is one.
ELSEWHERE = ("_io.remote.", "_io.s3.", "_io.repository.several_")


def top_imports(name: Name) -> list[Name]:
    """What a file imports at its top, in order."""
    folder = MODULES if name[0] == "modules" else UTILS.joinpath(*name[:-1])
    top = [node for node in tree_of(folder / f"{name[-1]}.py").body if isinstance(node, ast.ImportFrom)]
    return [found for node in top for found in imported_files(node, own=name)]


def started(module: str) -> set[Name]:
    """All files that are imported before a module does anything."""
    found: set[Name] = set()
    remaining = top_imports(("modules", module))
    while remaining:
        name = remaining.pop()
        if name not in found:
            found.add(name)
            remaining += top_imports(name)
    return found


def test_every_module_has_its_bound():
    assert sorted(MOST) == sorted(path.stem for path in python_files(MODULES))


@pytest.mark.parametrize("module", MOST)
def test_what_imports_faster_is_imported_first(module):
    assert top_imports(("modules", module))[0] == PAYLOAD
    assert top_imports(PAYLOAD) == []


@pytest.mark.parametrize("module", MOST)
def test_a_module_imports_no_more_than_it_did(module):
    found = started(module)

    assert {PAYLOAD, ("_ansible", "entry"), ("_io", "privilege", "worker")} <= found
    assert len(found) <= MOST[module]


@pytest.mark.parametrize("module", MOST)
def test_a_module_does_not_import_what_one_directory_never_needs(module):
    found = {".".join(name) for name in started(module)}

    assert sorted(name for name in found if name.startswith(ELSEWHERE)) == []
