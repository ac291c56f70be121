# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest link of a chain, whose blocks wait until the full backup has the whole file."""

from __future__ import annotations

import struct
from contextlib import closing
from types import SimpleNamespace
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.checksum import SHA256
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.direct_write import DirectWriter
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.tar_digest import TarDigest
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.layered_extract import LayeredExtract
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.layered_files import LayeredFiles
from file_targets import Sandbox
from mutation import sealed_tar
from sample_archives import tar_of
from target import Target

_BLOCK = 8192
_CONTROL: Any = SimpleNamespace(block_size_bytes=_BLOCK, segment_blocks=256)
_FOLDERS = ("base", "base/5", "global")
_FULL = {"backup_label": b"START", "base/5/1259": b"row" * 4 * _BLOCK, "base/5/2600": b"", "global/pg_control": b"x"}
# Blocks that are there and that state a hole, and none at all.
_SOME = struct.pack("=IIIII", 0xD3AE1F0D, 2, 9, 1, 200).ljust(_BLOCK, b"\0") + b"y" * 2 * _BLOCK
_NONE = struct.pack("=III", 0xD3AE1F0D, 0, 0)


def chain_targets(sandbox: Sandbox) -> tuple[Target, ...]:
    """The archive of the newest link, under whole headers."""
    full = tar_of(_FULL, directories=_FOLDERS)
    newest = {"backup_label": b"START", "base/5/INCREMENTAL.1259": _SOME, "base/5/INCREMENTAL.2600": _NONE}

    def read(content: bytes) -> None:
        with sandbox.target() as target, closing(LayeredFiles(str(target))) as files:
            for archive, is_full in ((content, False), (full, True)):
                files.begin_backup()
                with closing(DirectWriter()) as writer:
                    sink = LayeredExtract(
                        str(target),
                        writer=writer,
                        files=files,
                        control=_CONTROL if is_full else None,
                        is_full=is_full,
                    )
                    with closing(sink):
                        digest = TarDigest(algorithm=SHA256, sink=sink)
                        digest.feed(memoryview(bytearray(archive)))
                        digest.finish()
                    writer.finish()
                files.end_backup(control=_CONTROL, kept_blocks=lambda _path: None)
            assert sum(path.stat().st_blocks for path in target.rglob("*")) * 512 < 8 << 20

    archive = tar_of(newest, directories=_FOLDERS)
    # What the system refuses, such as a name that is there already, ends a restore as well.
    allowed = (PitrError, OSError)
    return (Target("chain", (archive,), read, allowed, is_tar=True, seal=sealed_tar),)


__all__ = ("chain_targets",)
