# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much memory a backup that is being taken or restored needs, by the number of its files."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from support.places import collections_path

FILES = 200_000
# A million files take less than 200 MB then.
MOST_BYTES_A_FILE = 150

# Peak of a process before and after, in bytes: ru_maxrss would have that of the process that started it.
_MEASURED = """
import json, re, sys
sys.path[:0] = sys.argv[1:3]
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup import growing_archives
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup import streaming_verifier
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract import backup, chain, manifests
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract import incremental_apply
from folder_of_backup import folder_of_backup
from pathlib import Path
from sample_backup import sample_backup
peak = lambda: 1024 * int(re.search(r"VmHWM:\\s+([0-9]+)", open("/proc/self/status").read()).group(1))
source, sinks = Path(sys.argv[3]), []
before = peak()
{act}
print(json.dumps([before, peak()]))
"""
_TAKE = """
archives = growing_archives.GrowingArchives(str(source))
streaming_verifier.StreamingVerifier(archives, compression="none", algorithm="CRC32C").finish()
"""
# Over the files of a parent, which takes more than a full backup: what the parent had besides is removed.
_RESTORE = """
def sink_for(into, writer):
    sinks.append(incremental_apply.IncrementalApply(
        into, writer=writer, block_size_bytes=8192, segment_blocks=131072, kept_blocks=lambda path: None
    ))
    return sinks[-1]

stored = sample_backup(files=("base.tar", "backup_manifest"))
folder = folder_of_backup(stored.label, source)
backup.extract_backup(
    stored, folder=folder, manifest=manifests.Manifests(folder).of(stored.label), base=sys.argv[4], tablespaces={},
    timeout_seconds=600, reading=backup.Reading(sink_for),
)
assert not chain.settle(sinks[0])
"""


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of many empty files, as pg_basebackup leaves it."""
    directory = tmp_path_factory.mktemp("backup")
    names = [f"base/{number // 1000 + 5}/{16384 + number}" for number in range(FILES)]
    with tarfile.open(directory / "base.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
        for folder in ("base", *dict.fromkeys(name.rpartition("/")[0] for name in names)):
            member = tarfile.TarInfo(folder)
            member.type, member.mode = tarfile.DIRTYPE, 0o700
            archive.addfile(member)
        for name in names:
            archive.addfile(tarfile.TarInfo(name))
    entry = '{{ "Path": "{}", "Size": 0, "Checksum-Algorithm": "CRC32C", "Checksum": "00000000" }}'
    body = (
        '{ "PostgreSQL-Backup-Manifest-Version": 1,\n"Files": [\n'
        + ",\n".join(entry.format(name) for name in names)
        + '\n],\n"WAL-Ranges": [\n{ "Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/2000100" }\n],\n'
    )
    checksum = hashlib.sha256(body.encode()).hexdigest()
    (directory / "backup_manifest").write_text(f'{body}"Manifest-Checksum": "{checksum}"}}\n')
    return directory


@pytest.mark.parametrize("act", [pytest.param(_TAKE, id="taken"), pytest.param(_RESTORE, id="restored")])
def test_files_of_a_backup_are_not_remembered(act: str, backup: Path, tmp_path: Path) -> None:
    support = Path(__file__).parents[1] / "unit" / "support"
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED.format(act=act), str(collections_path()), support, str(backup), tmp_path],
        check=True,
        capture_output=True,
        text=True,
    )
    before, after = json.loads(done.stdout)
    print(f"\n{FILES} files: {before >> 20} MiB before, {after >> 20} MiB at most")
    assert (after - before) / FILES < MOST_BYTES_A_FILE
