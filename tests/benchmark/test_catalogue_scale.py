# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository with 10,000 backups and 1,000,000 archived segments: seconds and peak memory of what looks at all."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from support import installation as installations
from support.archiving import archive
from support.cluster import Cluster
from support.os_user import OsUser
from support.workbench import Workbench

BACKUPS = 10_000
SEGMENTS = 1_000_000
CHAIN = 10
EVERY = timedelta(hours=6)
GAPS = 5
FIRST_LOG = 16
SEGMENTS_PER_LOG = 256
SEGMENT_BYTES = 16 << 20
ROUNDS = 5
LIMIT_SECONDS = 2.0
LIMIT_BYTES = 200 << 20
# No file may have more names on every file system.
NAMES_PER_FILE = 30_000


@dataclass(frozen=True)
class Run:
    """Seconds by the clock and of the processors, bytes of memory at the peak, and what was printed."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str


@dataclass
class Site:
    """A cluster that archives, its real backup, and beside that what was made up."""

    workbench: Workbench
    cluster: Cluster
    options: dict[str, Any]

    def pgpitr(self, command: str, *arguments: str) -> Run:
        """Run the installed program."""
        argv = [self.options["agent_path"], command, "--config-directory", self.options["config_directory"], *arguments]
        output = self.workbench.directory / "output"
        with open(output, "wb") as stream:
            began = time.perf_counter()
            process = subprocess.Popen(argv, stdout=stream, **self.cluster.os_user.popen_options())
            _pid, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        cpu_seconds = usage.ru_utime + usage.ru_stime
        return Run(seconds, cpu_seconds, usage.ru_maxrss * 1024, output.read_text(encoding="utf-8"))


class MadeUp:
    """Backups whose archives are further names of the real one's, and segments that are those of a few empty files."""

    def __init__(self, folder: Path, *, os_user: OsUser, template: dict[str, Any]) -> None:
        self._folder = folder
        self._os_user = os_user
        self._template = template

    def _directory(self, path: Path) -> Path:
        path.mkdir(mode=0o700)
        return self._os_user.own(path)

    def segments(self) -> None:
        """Timeline 1, with a few gaps far from each other."""
        source, named = self._file(self._folder / "wal" / ".0"), 0
        every = SEGMENTS // (GAPS + 1)
        for start in range(0, SEGMENTS, SEGMENTS_PER_LOG):
            log = FIRST_LOG + start // SEGMENTS_PER_LOG
            directory = self._directory(self._folder / "wal" / "00000001" / f"{log:08X}")
            for place in range(min(SEGMENTS_PER_LOG, SEGMENTS - start)):
                if (start + place) % every == every - 1 and start < every * GAPS:
                    continue
                os.link(source, f"{directory}/00000001{log:08X}{place:08X}.zst")
                named += 1
            if named > NAMES_PER_FILE:
                source, named = self._file(self._folder / "wal" / f".{log}"), 0

    def _file(self, path: Path) -> Path:
        path.touch(mode=0o600)
        return self._os_user.own(path)

    def backups(self) -> None:
        """One backup for every so many segments, in chains of a full one and incrementals, the last one today."""
        moment = datetime.now(timezone.utc).replace(microsecond=0) - BACKUPS * EVERY
        full = parent = ""
        for number in range(BACKUPS):
            kind = "incremental" if number % CHAIN else "full"
            start = (FIRST_LOG * SEGMENTS_PER_LOG + number * (SEGMENTS // BACKUPS)) * SEGMENT_BYTES + 40
            label = f"{moment:%Y%m%dT%H%M%SZ}-{kind}"
            full = full if number % CHAIN else label
            record = {
                **self._template,
                "label": label,
                "type": kind,
                "parent": parent if kind == "incremental" else None,
                "start_time": f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}",
                "stop_time": f"{moment + timedelta(seconds=5):%Y-%m-%dT%H:%M:%S.%fZ}",
                "start_lsn": f"{start >> 32:X}/{start & 0xFFFFFFFF:X}",
                "stop_lsn": f"{start + 216 >> 32:X}/{start + 216 & 0xFFFFFFFF:X}",
            }
            directory = self._directory(self._folder / "backups" / label)
            (directory / "backup.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
            (directory / "backup.json").chmod(0o600)
            self._os_user.own(directory / "backup.json")
            for name in self._template["files"]:
                os.link(self._folder / "backups" / self._template["label"] / name, directory / name)
            parent = label
            moment += EVERY


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    found = installations.find_any()
    workbench = Workbench(OsUser.for_clusters())
    try:
        cluster = workbench.make_cluster(found, start=False)
        # Its own WAL comes behind what is made up.
        cluster.os_user.run([cluster.program("pg_resetwal"), "-l", "000000010000100000000001", cluster.data])
        cluster.start()
        repository = workbench.make_directory("repository")
        options = archive(workbench, cluster, repository=repository)
        label = workbench.run_module("base_backup", options)["backup"]["label"]
        cluster.switch_segment()
        record = json.loads((repository / "db1" / "backups" / label / "backup.json").read_text(encoding="utf-8"))
        made_up = MadeUp(repository / "db1", os_user=cluster.os_user, template=record)
        made_up.segments()
        made_up.backups()
        yield Site(workbench, cluster, options)
    finally:
        workbench.discard()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("arguments", [(), ("--json",)], ids=["text", "JSON"])
def test_info_of_a_large_repository(site: Site, arguments: tuple[str, ...]) -> None:
    intervals = [site.pgpitr("info", *arguments) for _unused in range(ROUNDS)]
    seconds, peak = statistics.median(run.seconds for run in intervals), max(run.peak_bytes for run in intervals)
    cpu_seconds, said = min(run.cpu_seconds for run in intervals), intervals[-1].output
    print(f"\npgpitr info {' '.join(arguments)}: {BACKUPS} backups, {SEGMENTS} segments, median of {ROUNDS}")
    print(f"  {seconds:.2f} s (limit {LIMIT_SECONDS}); processors, the least: {cpu_seconds:.2f} s")
    print(f"  {peak / (1 << 20):.0f} MiB (limit {LIMIT_BYTES >> 20}); load {os.getloadavg()[0]:.1f}")
    if arguments:
        (cluster,) = json.loads(said)
        assert len(cluster["backups"]) == BACKUPS + 1 and all(each["usable"] for each in cluster["backups"])
        # The last gap is that between what was made up and the real WAL.
        assert len(cluster["gaps"]) == GAPS + 1 and len(cluster["windows"]) == GAPS + 2
        assert cluster["windows"][-1]["to"] is not None
        assert cluster["summary"]["chain_links"] == 1
    else:
        assert said.count("\n  backup ") == BACKUPS + 1
    assert seconds < LIMIT_SECONDS
    assert peak < LIMIT_BYTES


@pytest.mark.timeout(900)
def test_retention_of_a_large_repository(site: Site) -> None:
    """Last, for it removes most of it."""
    policy = ("--cluster", "db1", "--keep-full", "2", "--keep-days", "365")
    rehearsal, run = site.pgpitr("expire", "--dry-run", *policy), site.pgpitr("expire", *policy)
    print(f"\npgpitr expire: {BACKUPS} backups, {SEGMENTS} segments; load {os.getloadavg()[0]:.1f}")
    for title, each in (("--dry-run", rehearsal), ("the run", run)):
        print(f"  {title}: {each.seconds:.2f} s, {each.peak_bytes / (1 << 20):.0f} MiB; {each.output.splitlines()[-1]}")
    after = site.pgpitr("info", "--json")
    kept = len(json.loads(after.output)[0]["backups"])
    # Four a day.
    assert 365 * 4 <= kept <= 367 * 4 + CHAIN
    assert run.peak_bytes < LIMIT_BYTES
