# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL gives the files of pg_wal the names of segments to come, and may do so while one is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.port import Storage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.store import store_wal_file


class ReusedMeanwhile:
    """A storage that takes its time: behind the last piece the server has given the file another name."""

    def __init__(self, storage: Storage, *, path: Path) -> None:
        self._storage = storage
        self._path = path

    def put(self, key: str, pieces: Iterable[bytes], **more: Any) -> str | None:
        def slowly() -> Iterator[bytes]:
            for number, piece in enumerate(pieces):
                if number == 0 and self._path.exists():
                    self._path.rename(self._path.with_name("0000000100000000000000AA"))
                yield piece

        return self._storage.put(key, slowly(), **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)


@pytest.mark.parametrize("compression", ["none", "zstd", "lz4", "gzip"])
def test_segment_that_is_reused_while_it_is_read_is_not_stored(
    compression: str, folder: ClusterFolder, make_segment: Callable[..., Path]
) -> None:
    source = make_segment(3)
    with pytest.raises(Unavailable) as caught:
        store_wal_file(
            cast(Storage, ReusedMeanwhile(folder.storage, path=source)),
            name=source.name,
            source_path=str(source),
            document=folder.identity().document(),
            compression=compression,
        )
    assert caught.value.code == "source-missing"
    assert folder.find_wal("000000010000000000000003") is None
