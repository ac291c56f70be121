# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody but a storage opens, links, renames or removes a file in a repository (HOUSE: one door)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from sources import UTILS, python_files, tree_of

# The rooms that work on repositories. Those of restores work on the files of a host as well: they see a repository only
# through what these rooms give them, and through the hatch, which is watched below.
ROOMS = (
    "_io/encryption/", "_io/wal/", "_io/repository/", "_io/catalogue/", "_operations/archiving/", "_operations/backup/",
    "_operations/retention/", "_operations/report/", "_operations/verify/", "_agent/",
)  # fmt: skip
FILE_CALLS = {
    "fsync", "link", "makedirs", "mkdir", "open", "remove", "removedirs", "rename", "renames", "replace", "rmdir",
    "symlink", "truncate", "unlink",
}  # fmt: skip
HELPERS = {"open", "fsync_directory", "open_regular", "open_temporary", "read_lines", "read_text", "write_durably"}
# What other files these rooms may touch, and why that is none of a repository.
ELSEWHERE = {
    "_agent/wal/following.py": {"read_text"},  # postmaster.opts of the data directory
    "_io/catalogue/stored_archive.py": {"open"},  # the copy of a manifest, for PostgreSQL's programs
    "_io/catalogue/histories.py": {"read_text"},  # copies of histories to be parsed
    "_io/wal/archived_marks.py": {"os.mkdir", "os.open", "os.unlink"},  # marks, in pg_wal
    "_io/encryption/age_identity.py": {"os.mkdir", "os.open", "os.rename"},  # the file on tmpfs for a recovery
    "_io/encryption/encrypted_file.py": {"open"},  # pg_control of the data directory
    "_io/encryption/identity_file.py": {"read_text"},  # the file that somebody gives
    "_io/wal/fetch.py": {"open_temporary", "os.rename", "os.unlink"},  # the destination, in pg_wal
    "_io/wal/fetched_spool.py": {"os.mkdir", "os.open", "os.rename", "os.rmdir", "os.unlink"},  # a directory in pg_wal
    "_io/wal/index_notes.py": {"open_regular", "os.makedirs", "os.unlink", "write_durably"},  # notes in the home
    "_io/wal/pg_wal.py": {"open_regular", "read_text"},  # segments and histories of the data directory
    "_io/wal/push_failure.py": {"open_regular", "os.open", "os.unlink"},  # the last failure, in pg_wal
    "_io/wal/beside_notes.py": {"os.makedirs", "os.open"},  # notes on a repository, in pg_wal
    "_io/wal/store.py": {"open_regular"},  # the source, in pg_wal
    "_operations/backup/backup_place.py": {"open_regular"},  # the spool
    "_operations/backup/archive_wait.py": {"read_text"},  # backup_label of the data directory
    # What pg_basebackup is writing, and archives that are read as a stream: through the hatch.
    "_operations/backup/streaming_verifier.py": {"read_lines"},
    # Copies of WAL files that are looked at, and of segments for pg_waldump.
    "_operations/archiving/status.py": {"os.unlink"},
    # What pg_receivewal has written, for which it is a use case of its own that nothing is lost.
    "_operations/archiving/received_pruning.py": {"open_regular", "os.open", "os.unlink"},
    "_operations/verify/scratch.py": {"shutil.rmtree"},
    "_operations/verify/wal.py": {"open", "shutil.rmtree", "tempfile.mkdtemp"},
}
# Who asks for the directory of a backup: pg_basebackup writes there, its manifest is a file for the server, and
# archives are verified; and who may note facts of segments, which is who owns them. A push asks whether the storage
# is near at all. What is kept aside has to be a file of the directory itself.
HATCH = {
    "_agent/wal/push.py",
    "_io/catalogue/stored_archive.py",
    "_io/repository/own_file.py",
    "_io/repository/several_storages.py",
    "_io/wal/index_notes.py",
    "_operations/backup/backup_place.py",
    "_operations/target/index_state.py",
}


def file_calls(tree: ast.AST) -> Iterator[str]:
    """What a file calls that opens, makes, links, renames or removes files."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name) and function.id in HELPERS:
            yield function.id
        elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            module = function.value.id
            if (module == "os" and function.attr in FILE_CALLS) or module in ("shutil", "tempfile", "io"):
                yield f"{module}.{function.attr}"
        elif isinstance(function, ast.Attribute) and function.attr in ("read_bytes", "read_text", "write_bytes"):
            yield function.attr


def imported(tree: ast.AST) -> set[str]:
    """The names that are imported from modules."""
    return {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}


def below_utils() -> Iterator[tuple[str, ast.AST]]:
    """Every file below ``module_utils``."""
    for path in python_files(UTILS):
        yield str(path.relative_to(UTILS)), tree_of(path)


def test_files_of_a_repository_are_left_to_its_storage() -> None:
    calls = {name: set(file_calls(tree)) for name, tree in below_utils() if name.startswith(ROOMS)}

    assert {name: found for name, found in calls.items() if found} == ELSEWHERE


def test_only_the_storage_imports_what_it_is_made_of() -> None:
    parts = {"FilePut", "Place", "make_path_below", "take_turn", "take_lease", "delete_files"}
    users = {name for name, tree in below_utils() if parts & imported(tree)}

    assert {name for name in users if not name.startswith("_io/storage/")} == set()


def test_few_ask_for_the_directory_of_a_backup() -> None:
    asking = {"local_directory"}
    users = {
        name
        for name, tree in below_utils()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in asking
    }

    assert users == HATCH


@pytest.mark.parametrize(
    "source",
    [
        "os.open(path, os.O_RDONLY)",
        "with open(path) as stream:\n    pass",
        "os.rename(directory, other)",
        "shutil.rmtree(directory)",
        "write_durably(path, b'')",
        "Path(path).read_bytes()",
    ],
)
def test_a_call_that_touches_a_file_is_noticed(source: str) -> None:
    assert list(file_calls(ast.parse(source)))


@pytest.mark.parametrize("source", ["storage.open(key)", "os.path.join(a, b)", "os.getpid()", "tree.walk()"])
def test_other_calls_are_left_alone(source: str) -> None:
    assert list(file_calls(ast.parse(source))) == []
