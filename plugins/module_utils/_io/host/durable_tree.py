# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making durable what lies below a directory: the files and their names."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from .files import fsync_descriptor

# A file system with a journal makes durable at once what several ask for.
_THREADS = 8
_AT_ONCE = 1000
# As the server does when it starts (``fsync_fname_ext`` in PostgreSQL's fd.c): what may not be read is not its own.
_PASSED_OVER = (errno.EACCES, errno.ELOOP, errno.ENXIO)


def make_durable(root: str) -> None:
    """Sync each file and directory below ``root``, and itself; links are not followed. Raises OSError."""
    paths = _paths(root)
    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        while some := list(islice(paths, _AT_ONCE)):
            list(pool.map(_sync, some))


def _paths(root: str) -> Iterator[str]:
    for folder, _directories, files in os.walk(root, onerror=_raise):
        yield from (f"{folder}/{name}" for name in files)
        yield folder


def _raise(error: OSError) -> None:
    raise error


def _sync(path: str) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _PASSED_OVER:
            return
        raise
    try:
        if stat.S_IFMT(os.fstat(descriptor).st_mode) in (stat.S_IFREG, stat.S_IFDIR):
            fsync_descriptor(descriptor)
    except OSError as error:
        error.filename = path
        raise
    finally:
        os.close(descriptor)


__all__ = ("make_durable",)
