# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running servers, by a process table that a test makes up."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.postmaster import (
    is_alive,
    postmaster_file,
    postmaster_of,
    postmaster_pid,
    running_postmasters,
    server_in,
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory whose server this very process seems to be."""
    path = tmp_path / "data"
    path.mkdir()
    (path / "postmaster.pid").write_text(f"{os.getpid()}\n{path}\n1\n5433\n/run/pg\n*\n0\nready\n", encoding="utf-8")
    return path


def make_process(proc: Path, *, cwd: Path, comm: str = "postgres", exe: str = "/usr/lib/pg/bin/postgres") -> Path:
    """An entry of the process table for this process."""
    here = proc / str(os.getpid())
    (here / "fd").mkdir(parents=True)
    (here / "comm").write_text(f"{comm}\n", encoding="utf-8")
    (here / "cwd").symlink_to(cwd)
    (here / "exe").symlink_to(exe)
    (here / "fd" / "2").symlink_to("/dev/null")
    (here / "cmdline").write_bytes(b"/usr/lib/pg/bin/postgres\0-D\0/x\0-p\x005433\0")
    (here / "cgroup").write_text(
        "0::/system.slice/system-postgresql.slice/postgresql@15-main.service\n", encoding="utf-8"
    )
    return here


def test_server_is_described(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    make_process(tmp_path / "proc", cwd=data, exe="/usr/lib/pg/bin/postgres (deleted)")
    (found,), others = running_postmasters(proc=str(tmp_path / "proc"))
    assert (found.pid, found.data_directory, found.bin_directory) == (os.getpid(), str(data), "/usr/lib/pg/bin")
    assert others == ()
    assert found.arguments == ("-D", "/x", "-p", "5433")
    assert (found.log_file, found.unit) == (None, "postgresql@15-main")


def test_other_programs_and_other_directories_are_none(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    make_process(tmp_path / "others", cwd=data, comm="python3")
    make_process(tmp_path / "elsewhere", cwd=tmp_path)
    assert running_postmasters(proc=str(tmp_path / "others")) == ((), ())
    assert running_postmasters(proc=str(tmp_path / "elsewhere")) == ((), ())
    assert postmaster_of(1 << 22, proc=str(tmp_path / "others")) is None


def test_process_counts_only_in_its_data_directory(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert postmaster_pid(str(data)) is None
    monkeypatch.chdir(data)
    assert postmaster_pid(str(data)) == os.getpid()


@pytest.mark.parametrize("text", [None, ""])
def test_missing_or_empty_file_names_nobody(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "postmaster.pid").write_text(text, encoding="utf-8")
    assert postmaster_file(str(tmp_path)) is None
    assert postmaster_pid(str(tmp_path)) is None


def test_process_that_has_ended_is_not_alive() -> None:
    with subprocess.Popen(["/bin/true"]) as process:
        process.wait()
    assert not is_alive(process.pid)
    assert is_alive(1)


def test_server_is_known_by_where_it_stands_without_a_lock_file(tmp_path: Path, data: Path) -> None:
    """It was told to start on the directory before that got this name."""
    (data / "postmaster.pid").unlink()
    proc = tmp_path / "proc"
    here = make_process(proc, cwd=data)
    assert server_in(str(data), proc=str(proc)) == os.getpid()
    assert server_in(str(tmp_path), proc=str(proc)) is None
    # A child of a server that is gone, and another program.
    (here / "cmdline").write_bytes(b"postgres: checkpointer \0")
    assert server_in(str(data), proc=str(proc)) is None
    (here / "cmdline").write_bytes(b"/usr/lib/pg/bin/postgres\0")
    (here / "comm").write_text("psql\n", encoding="utf-8")
    assert server_in(str(data), proc=str(proc)) is None
    (proc / "1").mkdir()
    assert server_in(str(data), proc=str(proc)) is None
