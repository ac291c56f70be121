# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hosts that store one WAL file at once, where nobody has a turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import AlreadyStored
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import is_beside
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.port import Storage


class OtherWriter:
    """A storage in which another host stores the file while this one, which found none, has begun to."""

    def __init__(self, storage: Storage, stores: Callable[[], object]) -> None:
        self._storage = storage
        self._stores = stores

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def put(self, key: str, pieces: Iterable[bytes], **options: Any) -> str | None:
        if is_beside(key):
            return self._storage.put(key, pieces, **options)
        rest = iter(pieces)
        first = next(rest)
        self._stores()
        # As a bucket, where nobody has turns, and the condition is looked at last.
        content = b"".join((first, *rest))
        try:
            return self._storage.put(key, [content])
        except AlreadyStored:
            if not options["is_same"](key):
                raise
            return None
