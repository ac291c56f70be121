# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory in which a verification keeps copies of segments."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def scratch_directory(cluster_path: str, *, is_alone: bool) -> Iterator[str]:
    """A new temporary directory, removed at the end.

    Directories of killed runs of the same cluster are removed first, if no other run is active (``is_alone``).
    """
    prefix = f"pgpitr-verify-{hashlib.sha256(cluster_path.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}-"
    if is_alone:
        for name in os.listdir(tempfile.gettempdir()):
            if name.startswith(prefix):
                # Those of other users stay.
                shutil.rmtree(os.path.join(tempfile.gettempdir(), name), ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix) as path:
        yield path


__all__ = ("scratch_directory",)
