# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long PostgreSQL waits for `pgpitr` at each segment, as ratios to the bare interpreter and to the compressor."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from stopwatch import in_turns
from support import installation as installations
from support.archive import Archive
from support.os_user import OsUser
from support.workbench import Workbench

ROUNDS = 25
SEGMENTS = 8


@pytest.fixture
def archive() -> Iterator[Archive]:
    """A cluster with finished segments in `pg_wal`, installed program and repository."""
    found = installations.find_any()
    workbench = Workbench(OsUser.for_clusters())
    try:
        settings = {"wal_keep_size": "1GB", "archive_mode": "on", "archive_command": "false"}
        yield Archive(workbench, workbench.make_cluster(found, settings=settings)).install()
    finally:
        workbench.discard()


def duration_ms(archive: Archive, argv: Sequence[str | os.PathLike[str]]) -> float:
    """Milliseconds from start to end of one command, run by PostgreSQL's user in its data directory."""
    options = archive.os_user.popen_options()
    began = time.perf_counter()
    done = subprocess.run(
        [os.fspath(part) for part in argv],
        cwd=archive.cluster.data,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    assert done.returncode in (0, 1), argv
    return (time.perf_counter() - began) * 1000


def processor_ms(archive: Archive, argv: Sequence[str | os.PathLike[str]]) -> float:
    """Milliseconds of processor time that one command and what it starts take, whatever else the machine does."""
    process = subprocess.Popen(
        [os.fspath(part) for part in argv],
        cwd=archive.cluster.data,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **archive.os_user.popen_options(),  # type: ignore[call-overload]
    )
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), argv
    return (usage.ru_utime + usage.ru_stime) * 1000


def medians_of(commands: dict[str, Callable[[], float]], *, rounds: int) -> dict[str, float]:
    return {name: statistics.median(values) for name, values in in_turns(commands, rounds=rounds).items()}


def show(title: str, medians: dict[str, float], *, base: str) -> None:
    print(f"\n{title} (median of each; ratio to '{base}')")
    for name, milliseconds in medians.items():
        print(f"  {name:<34}{milliseconds:9.1f} ms{milliseconds / medians[base]:8.2f}")


def finish_alone(archive: Archive, count: int) -> list[str]:
    """Segments of which PostgreSQL has been told that they are archived: the call for one stores no other."""
    names = archive.finish_segments(count)
    status = archive.cluster.data / "pg_wal" / "archive_status"
    for path in status.glob("*.ready"):
        path.unlink()
    return names


def command(archive: Archive, name: str, *arguments: str) -> list[str | os.PathLike[str]]:
    return [archive.program, name, "--cluster", "db1", "--config-directory", archive.config_directory, *arguments]


def test_start_is_near_that_of_the_bare_interpreter(archive: Archive) -> None:
    python = archive.program.read_bytes().split(b" ", 1)[0][2:].decode()
    usual = "import argparse, dataclasses, json, logging, pathlib, subprocess, typing"
    medians = medians_of(
        {
            "python3 -I -S -c pass": lambda: duration_ms(archive, [python, "-I", "-S", "-c", "pass"]),
            "pgpitr version": lambda: duration_ms(archive, [archive.program, "version"]),
            "pgpitr archive-get, end of archive": lambda: duration_ms(
                archive, command(archive, "archive-get", "00000009.history", "pg_wal/RECOVERYHISTORY")
            ),
            "python3 with the usual imports": lambda: duration_ms(archive, [python, "-c", usual]),
        },
        rounds=ROUNDS,
    )
    show("Start", medians, base="python3 -I -S -c pass")
    bare = medians["python3 -I -S -c pass"]
    assert medians["pgpitr version"] < 1.5 * bare
    assert medians["pgpitr archive-get, end of archive"] < 2 * bare


def test_start_takes_little_of_a_processor(archive: Archive) -> None:
    python = archive.program.read_bytes().split(b" ", 1)[0][2:].decode()
    archive.set_compression("none")
    (segment,) = finish_alone(archive, 1)
    medians = medians_of(
        {
            "python3 -I -S -c pass": lambda: processor_ms(archive, [python, "-I", "-S", "-c", "pass"]),
            "archive-get, end of archive": lambda: processor_ms(
                archive, command(archive, "archive-get", "00000009.history", "pg_wal/RECOVERYHISTORY")
            ),
            "archive-push, refused": lambda: processor_ms(
                archive, command(archive, "archive-push", f"pg_wal/{segment}.gone")
            ),
        },
        rounds=4 * ROUNDS,
    )
    show("Start, processor time", medians, base="python3 -I -S -c pass")
    assert medians["archive-get, end of archive"] < 2 * medians["python3 -I -S -c pass"]


def test_call_that_finds_its_segment_stored_is_near_the_bare_interpreter(archive: Archive) -> None:
    python = archive.program.read_bytes().split(b" ", 1)[0][2:].decode()
    first, *others = archive.finish_segments(ROUNDS + 1)
    assert archive.run("archive-push", f"pg_wal/{first}").returncode == 0
    marks = archive.cluster.data / "pg_wal" / "pgpitr_ahead"
    archive.cluster.wait_until(
        lambda: all((marks / name).is_file() and (marks / name).stat().st_size for name in others),
        what="all are stored",
    )
    names = iter(others)
    medians = medians_of(
        {
            "python3 -I -S -c pass": lambda: duration_ms(archive, [python, "-I", "-S", "-c", "pass"]),
            "archive-push, stored ahead": lambda: duration_ms(
                archive, command(archive, "archive-push", f"pg_wal/{next(names)}")
            ),
        },
        rounds=ROUNDS,
    )
    show("A segment that was stored ahead of its call", medians, base="python3 -I -S -c pass")
    assert medians["archive-push, stored ahead"] < 1.5 * medians["python3 -I -S -c pass"]


@pytest.mark.parametrize("method", ["none", "lz4", "zstd", "gzip"])
def test_segment_costs_little_more_than_its_compression(method: str, archive: Archive) -> None:
    archive.set_compression(method)
    names = iter(finish_alone(archive, SEGMENTS))
    folder = archive.workbench.make_directory("plain")
    script = archive.cluster.base / "plain.sh"
    programs = {"none": "cat", "lz4": "lz4 -q -c -1 -", "zstd": "zstd -q -c -1", "gzip": "gzip -c -1"}
    script.write_text(f'{programs[method]} < "$1" > "$2" && sync "$2" "$(dirname "$2")"\n', encoding="ascii")
    python = archive.program.read_bytes().split(b" ", 1)[0][2:].decode()
    current = ""

    def push() -> float:
        nonlocal current
        current = next(names)
        return duration_ms(archive, command(archive, "archive-push", f"pg_wal/{current}"))

    medians = medians_of(
        {
            "python3 -I -S -c pass": lambda: duration_ms(archive, [python, "-I", "-S", "-c", "pass"]),
            "pgpitr archive-push": push,
            "sh: compress > file && sync": lambda: duration_ms(
                archive, ["sh", script, f"pg_wal/{current}", str(Path(folder) / current)]
            ),
            "pgpitr archive-get": lambda: duration_ms(
                archive, command(archive, "archive-get", current, "pg_wal/RECOVERYXLOG")
            ),
        },
        rounds=SEGMENTS,
    )
    show(f"A segment of 16 MiB, {method}", medians, base="sh: compress > file && sync")
    assert medians["pgpitr archive-push"] < 3 * medians["sh: compress > file && sync"] + 50
