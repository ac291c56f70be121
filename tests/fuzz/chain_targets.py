# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest link of a chain, whose blocks wait until the whole file comes in the full backup."""

from __future__ import annotations

import struct
from collections.abc import Set
from contextlib import closing

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.relation_layout import RelationLayout
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.checksum import SHA256
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.direct_write import DirectWriter
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.tar_digest import TarDigest
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.layered_extract import LayeredExtract
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.layered_files import Layer, LayeredFiles
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.turns import Turns
from file_targets import Sandbox
from mutation import sealed_tar
from sample_archives import tar_of
from target import Target

_BLOCK = 8192
_LAYOUT = RelationLayout(_BLOCK, 256)
_LAYER = Layer(lambda _layout: lambda _path: None, lambda what: Damaged(what, code="backup-damaged", hint=""))
_DEPTHS = {"base/5/1259": 1, "base/5/2600": 1}
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
        turns = Turns(2, most_held_bytes=0)
        with (
            sandbox.target() as target,
            closing(LayeredFiles(str(target), layers=[_LAYER], depths=_DEPTHS, turns=turns)) as files,
        ):
            found = _extract(content, str(target), files=files, link=0)
            # As the manifest says; the full backup would wait for ever.
            if newest.keys() - found:
                raise Damaged("files are missing", code="backup-damaged", hint="")
            _extract(full, str(target), files=files, link=1)
            assert sum(path.stat().st_blocks for path in target.rglob("*")) * 512 < 8 << 20

    archive = tar_of(newest, directories=_FOLDERS)
    # What the system refuses, such as a name that is there already, ends a restore as well.
    allowed = (PitrError, OSError)
    return (Target("chain", (archive,), read, allowed, is_tar=True, seal=sealed_tar),)


def _extract(archive: bytes, target: str, *, files: LayeredFiles, link: int) -> Set[str]:
    with closing(DirectWriter()) as writer:
        sink = LayeredExtract(target, writer=writer, files=files, link=link, is_full=bool(link), layout=lambda: _LAYOUT)
        with closing(sink):
            digest = TarDigest(algorithm=SHA256, sink=sink)
            digest.feed(memoryview(bytearray(archive)))
            digest.finish()
        writer.finish()
    return digest.files.keys()


__all__ = ("chain_targets",)
