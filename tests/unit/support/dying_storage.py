# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A storage whose host dies before its n-th change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage


class Died(Exception):
    """What nothing of ours catches."""


class DyingStorage(DirectoryStorage):
    """It makes ``left`` changes, and no more."""

    def __init__(self, root: str, *, left: int) -> None:
        super().__init__(root)
        self.left = left

    def put(self, key: str, pieces: Iterable[bytes], **others: Any) -> str | None:
        """As the storage, while it lives."""
        self._live()
        return super().put(key, pieces, **others)

    def delete(self, keys: Iterable[str]) -> None:
        """As the storage, while it lives."""
        self._live()
        super().delete(keys)

    def _live(self) -> None:
        if not self.left:
            raise Died
        self.left -= 1
