# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much memory the verification of a backup that is being taken needs, by the number of its files."""

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
_TAKEN = """
import json, re, sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup import streaming_verifier
peak = lambda: 1024 * int(re.search(r"VmHWM:\\s+([0-9]+)", open("/proc/self/status").read()).group(1))
before = peak()
streaming_verifier.StreamingVerifier(sys.argv[2], compression="none", algorithm="CRC32C").finish()
print(json.dumps([before, peak()]))
"""


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of many empty files, as pg_basebackup leaves it."""
    directory = tmp_path_factory.mktemp("backup")
    names = [f"base/{number // 1000 + 5}/{16384 + number}" for number in range(FILES)]
    with tarfile.open(directory / "base.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
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


def test_files_of_a_backup_that_is_taken_are_not_remembered(backup: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TAKEN, str(collections_path()), str(backup)], check=True, capture_output=True, text=True
    )
    before, after = json.loads(done.stdout)
    print(f"\n{FILES} files: {before >> 20} MiB before, {after >> 20} MiB at most")
    assert (after - before) / FILES < MOST_BYTES_A_FILE
