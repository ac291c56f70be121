# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New data directories: initdb runs once for each kind of cluster, and each copy of its result is another cluster."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from support.os_user import OsUser
from support.places import build_folder, scratch_base

# Castagnoli's polynomial, the lowest bit first: PostgreSQL's checksum of pg_control.
_POLYNOMIAL = 0x82F63B78
# Behind the header of every page, a segment's first page has the identifier (XLogLongPageHeaderData).
_IDENTIFIER_OFFSET = 24


def make_data_directory(initdb: Path, data: Path, *, os_user: OsUser, arguments: Sequence[str]) -> None:
    """What `initdb` makes of `data` with these arguments."""
    kept = None
    if not any(argument.startswith("--waldir") for argument in arguments):
        try:
            kept = _made_once(initdb, os_user=os_user, arguments=arguments)
        except PermissionError:
            # The build folder is somebody else's.
            kept = None
    if kept is None:
        os_user.run([initdb, "-D", data, *arguments])
        return
    os_user.run(["mkdir", "-p", data.parent])
    _copy(kept, data)
    give_identity(data)


def give_identity(data: Path) -> int:
    """Make another cluster of a copy that was never started; its system identifier, of the form that initdb chooses."""
    identifier = int(time.time()) << 32 | int.from_bytes(os.urandom(4), "little")
    written = identifier.to_bytes(8, sys.byteorder)
    control = data / "global" / "pg_control"
    content = control.read_bytes()
    end = next(end for end, value in _checksums(content) if content[end : end + 4] == value)
    changed = written + content[8:end]
    (checksum,) = (value for position, value in _checksums(changed) if position == end)
    control.write_bytes(changed + checksum + content[end + 4 :])
    for segment in (data / "pg_wal").glob("[0-9A-F]" * 24):
        with open(segment, "r+b") as stream:
            stream.seek(_IDENTIFIER_OFFSET)
            stream.write(written)
    return identifier


def _made_once(initdb: Path, *, os_user: OsUser, arguments: Sequence[str]) -> Path:
    """What initdb has made, kept in the build folder for all test processes and later runs."""
    identity = repr((str(initdb.resolve()), initdb.stat().st_mtime_ns, os_user.uid, *arguments))
    kept = build_folder() / "clusters" / hashlib.sha256(identity.encode()).hexdigest()[:24]
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        scratch = os_user.own(Path(tempfile.mkdtemp(prefix="pitr-initdb-", dir=scratch_base())))
        made = Path(tempfile.mkdtemp(dir=kept.parent))
        try:
            os_user.run([initdb, "-D", scratch / "data", *arguments])
            _copy(scratch / "data", made / "data")
            (made / "data").rename(kept)
        except OSError:
            # Another process was first.
            assert kept.exists()
        finally:
            shutil.rmtree(scratch)
            shutil.rmtree(made)
    return kept


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "-T", source, target], check=True)


def _checksums(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The checksum of all before each position that may have it, as it is stored."""
    state = 0xFFFFFFFF
    for position, byte in enumerate(content[:1024], start=1):
        state = state >> 8 ^ _TABLE[(state ^ byte) & 0xFF]
        if position % 4 == 0:
            yield position, (state ^ 0xFFFFFFFF).to_bytes(4, sys.byteorder)


def _divided(value: int, *, bits: int = 8) -> int:
    return _divided(value >> 1 ^ (_POLYNOMIAL if value & 1 else 0), bits=bits - 1) if bits else value


_TABLE = tuple(map(_divided, range(256)))
