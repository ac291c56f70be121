# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory in which a verification keeps copies of segments."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from ..._io.host import scratch
from ..._io.host.files import list_directory

# Blocks of segments that are parsed at the same time.
_NEEDED_BYTES = 128 << 20
_WANTED_BYTES = 1 << 30


@contextmanager
def scratch_directory(cluster_path: str, *, is_alone: bool) -> Iterator[str]:
    """A new temporary directory, removed at the end.

    Directories of killed runs of the same cluster are removed first, if no other run is active (``is_alone``). Raises
    Unavailable (``scratch-missing``).
    """
    prefix = f"pgpitr-verify-{hashlib.sha256(cluster_path.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}-"
    if is_alone:
        _remove_old(prefix)
    with scratch.scratch_directory(prefix, needed_bytes=_NEEDED_BYTES, wanted_bytes=_WANTED_BYTES) as path:
        yield path


def _remove_old(prefix: str) -> None:
    for place in scratch.scratch_places():
        try:
            names = list_directory(place)
        except OSError:
            continue
        for name in names:
            if name.startswith(prefix):
                # Those of other users stay.
                shutil.rmtree(os.path.join(place, name), ignore_errors=True)


__all__ = ("scratch_directory",)
