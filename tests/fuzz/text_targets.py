# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readers of texts, each with good examples of what it reads."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.backup_history import BackupHistory
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.backup_label import BackupLabel, without_parent
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.incremental_file import (
    FIXED_BYTES,
    IncrementalStart,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest import Manifest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.tablespace_map import (
    parse_tablespace_map,
    tablespace_map,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.tar_header import parse_tar_header
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin, format_pins, parse_pins
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.running_backup import (
    RunningBackup,
    parse_running,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.agent_config import (
    format_agent_config,
    parse_agent_config,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.configuration_text import (
    append_value,
    replace_value,
    without_secrets,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.settings import (
    names_set_in,
    with_settings,
    without_recovery,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.cluster_document import check_document
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.identity import RepositoryIdentity, Writer
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.job_record import JobRecord
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import RestoreJournal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.presentation.job_text import job_text
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.damage import Damage, FileIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state import HighWater, VerifyState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state_text import (
    format_state,
    parse_damage,
    parse_state,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.expired import format_expired, parse_expired
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.records.snapshots import parse_snapshots
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.records.waldump import parse_waldump
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.records.waldump_errors import parse_waldump_failure
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_header import (
    check_segment,
    parse_segment_header,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.channel import error_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_lock import LockHolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_json import parse_json
from fixture_files import FIXTURES
from mutation import sealed_manifest, sealed_tar
from registered_cluster import segment_content
from sample_archives import manifest_of, tar_of
from sample_backup import sample_backup
from sample_plan import sample_journal
from target import Target

SIZE = SegmentSize(16 << 20)
NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
SEGMENT = "000000010000000000000003"
_LABEL = """START WAL LOCATION: 0/3000028 (file 000000010000000000000003)
CHECKPOINT LOCATION: 0/3000060
BACKUP METHOD: streamed
BACKUP FROM: primary
START TIME: 2026-11-22 15:00:00 UTC
LABEL: x
START TIMELINE: 1
INCREMENTAL FROM LSN: 0/2000028
INCREMENTAL FROM TLI: 1
"""
_CONFIGURATION = """# comment
max_connections = 100
 shared_buffers='128MB' # why
archive_command = 'cp ''%p'' /x\\'' '
include_dir 'conf.d'
primary_conninfo = 'host=x password=y'
recovery_target_time = '2026-01-01'
"""


def text_of(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def fixtures(pattern: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(Path(FIXTURES).glob(pattern)))


def _record(content: bytes) -> None:
    backup = Backup.parse(content.decode("utf-8"))
    assert Backup.parse(str(backup)) == backup
    assert all("/" not in name and "\n" not in name for name in backup.files)
    assert len((backup.first_segment, backup.last_segment, backup.stored_tablespaces)) == 3


def _journal(content: bytes) -> None:
    journal = RestoreJournal.parse(text_of(content))
    assert RestoreJournal.parse(str(journal)) == journal
    assert journal.restored is not None


def _job(content: bytes) -> None:
    record = JobRecord.parse(text_of(content))
    assert JobRecord.parse(str(record)) == record
    if record.failure:
        assert isinstance(error_of(record.failure), PitrError)
    assert "\x1b" not in job_text(record, phase="swapped", is_at_work=True)


def _cluster(content: bytes) -> None:
    document = check_document(parse_json(content.decode("utf-8")), path="x")
    identity = RepositoryIdentity.from_document(document)
    assert RepositoryIdentity.parse(str(identity)) == identity


def _state(content: bytes) -> None:
    state = parse_state(content.decode("utf-8"), size=SIZE)
    format_state(state)
    state.keep_only(labels=("a",), wal={1: IntervalSet((1, 5))})


def _header(content: bytes) -> None:
    header = parse_segment_header(content, name=SEGMENT, byte_order=sys.byteorder)
    identifiers, size = [header.system_identifier], header.segment_size_bytes
    check_segment(header, name=SEGMENT, size_bytes=size, system_identifiers=identifiers, segment_size_bytes=1 << 20)


def _history(content: bytes) -> None:
    history = TimelineHistory.parse(text_of(content), timeline=9)
    assert TimelineHistory.parse(str(history), timeline=9).ancestors[:1] == history.ancestors[:1]
    for number in (0, 1, 1 << 40):
        history.segment_at(number, size=SIZE)


def _label(content: bytes) -> None:
    BackupLabel.parse(text_of(content))
    without_parent(text_of(content))


def _incremental(content: bytes) -> None:
    start = IncrementalStart.parse(content)
    need = start.header_bytes(block_size_bytes=8192)
    if FIXED_BYTES <= need <= len(content):
        start.size_blocks(numbers=start.numbers(content), segment_blocks=131072)


def _configuration(content: bytes) -> None:
    text = text_of(content)
    names_set_in(text)
    without_secrets(text)
    without_recovery(append_value(text, name="work_mem", value="it's"))
    with_settings(text, {"restore_command": "a\nb"})
    replace_value(text, line_number=2, name="max_connections", value="5")


def _waldump(content: bytes) -> None:
    parse_waldump(text_of(content), stderr=text_of(content))
    parse_snapshots(text_of(content), stderr=text_of(content))
    parse_waldump_failure(text_of(content))


def _damage(content: bytes) -> None:
    parse_damage(content.decode("utf-8"))


def _verify_state() -> bytes:
    state = VerifyState(SIZE)
    state.started = state.finished = NOON
    state.high_water = HighWater("20260915T110000Z-full", {1: 5})
    state.add_wal(SegmentRange(1, 3, 9), moment=NOON)
    state.add_unparsed(SegmentRange(1, 3, 4), version=15)
    state.add_file("20260915T110000Z-full", name="base.tar", moment=NOON)
    state.damage.segments[SEGMENT] = Damage(NOON, FileIdentity(5, 6, 7))
    state.damage.files["20260915T110000Z-full", "x"] = Damage(NOON, is_any_file=True)
    return format_state(state).encode()


def _jobs() -> tuple[bytes, ...]:
    target = RecoveryTarget.parse("time", "2026-09-15T14:30:00+02:00")
    job = JobRecord("restore", "db1", target, "/pg/data", process=4711, started="2026-09-15T13:00:00.000000Z")
    failure = {"type": "Failed", "message": "7 rows", "code": "check-failed", "hint": "Look.", "values": None}
    done = job.done({"state": "promoted", "messages": ["reached"], "plan": {"kind": "time"}, "seconds": 1.5})
    return tuple(str(each).encode() for each in (job, done, job.failed(failure)))


def _records() -> tuple[bytes, ...]:
    names, spaces = ("base.tar.zst", "16385.tar.zst", "backup_manifest"), {16385: "/srv/a b"}
    full = sample_backup(files=names, compression="zstd", tablespaces=spaces, settings={"max_connections": 100})
    more = sample_backup("20260915T120000Z-incremental", parent=full.label, wal_directory="/srv/wal")
    return (str(full).encode(), str(more).encode())


def text_targets() -> tuple[Target, ...]:
    """All of them."""
    expected = (PitrError, UnicodeDecodeError)
    identity = RepositoryIdentity("db1", ("7",), (15,), SIZE, "x", (Writer("m", "h", "/pg/data", "x"),))
    manifests = (*fixtures("backup_manifest-*"), manifest_of({"PG_VERSION": b"15", "base/1/2": b"x"}).encode())
    tar = tar_of({"base/5/1259": b"x" * 600}, directories=["base"], links={"pg_tblspc/16385": "/srv/x"})
    pins = format_pins([Pin("why", NOON), Pin("more", NOON, NOON)]).encode()
    running: dict[str, Any] = asdict(RunningBackup("a", "b", "copying", 1, 2, 3, 4))
    expired = format_expired({1: IntervalSet((3, 9))}, size=SIZE).encode()
    config = format_agent_config({"repository_path": "/srv/pitr", "port": "5432"}).encode()
    holder = json.dumps(asdict(LockHolder("backup", 5, "h", "x"))).encode()
    parsed = (*expected, ValueError)
    return (
        Target("record", _records(), _record, expected, is_json=True),
        Target("cluster", (str(identity).encode(),), _cluster, (*expected, ValueError), is_json=True),
        Target("pins", (pins,), lambda content: parse_pins(text_of(content)), expected, is_json=True),
        Target(
            "running", (json.dumps(running).encode(),), lambda each: parse_running(text_of(each)), (*parsed, KeyError)
        ),
        Target("holder", (holder,), lambda content: str(LockHolder.parse(text_of(content))), (), is_json=True),
        Target("expired", (expired,), lambda each: parse_expired(text_of(each), size=SIZE), expected, is_json=True),
        Target("verify state", (_verify_state(),), _state, parsed, is_json=True),
        Target("damage", (_verify_state(),), _damage, parsed, is_json=True),
        Target(
            "journal",
            (*fixtures("restore-journal-*"), str(sample_journal()).encode()),
            _journal,
            expected,
            is_json=True,
        ),
        Target("job", _jobs(), _job, expected, is_json=True),
        Target("manifest", manifests, lambda each: Manifest.parse(text_of(each)), expected, seal=sealed_manifest),
        Target(
            "manifest values", manifests, lambda each: Manifest.parse(text_of(each)), expected, True, sealed_manifest
        ),
        Target(
            "tar header",
            tuple(tar[at : at + 512] for at in (0, 512, 1024)),
            parse_tar_header,
            expected,
            seal=sealed_tar,
        ),
        Target("history", (b"1\t0/3000000\tno recovery target specified\n\n2\t0/5000000\tx\n",), _history, expected),
        Target("backup history", (_LABEL.encode(),), lambda each: BackupHistory.parse(text_of(each)), expected),
        Target("segment header", (segment_content(3)[:64],), _header, expected),
        Target("label", (_LABEL.encode(),), _label, expected),
        Target("tablespace map", (tablespace_map({5: "/srv/a b", 7: "/x\n"}),), parse_tablespace_map, expected),
        Target("incremental file", (_incremental_file(),), _incremental, expected),
        Target("agent config", (config,), lambda each: parse_agent_config(text_of(each), path="x"), expected),
        Target("postgresql.conf", (_CONFIGURATION.encode(),), _configuration, expected),
        Target("pg_waldump", (*fixtures("pg_waldump-*"),), _waldump, expected),
        Target("position", (b"0/3000028",), lambda each: Lsn.parse(text_of(each)), expected),
    )


def _incremental_file() -> bytes:
    numbers = b"".join(number.to_bytes(4, sys.byteorder) for number in (3, 4, 9))
    start = b"".join(number.to_bytes(4, sys.byteorder) for number in (0xD3AE1F0D, 3, 20))
    return (start + numbers).ljust(8192, b"\0") + b"x" * 3 * 8192


__all__ = ("text_of", "text_targets")
