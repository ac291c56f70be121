# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.place import fsync_path


def test_directory_that_cannot_be_fsynced_is_no_failure(tmp_path: Path) -> None:
    # The kernel refuses it below /proc with EINVAL, as CIFS and some of FUSE do.
    with pytest.raises(OSError, match="Invalid argument"):
        os.fsync(os.open("/proc", os.O_RDONLY))
    for path in ("/proc", "/proc/self", str(tmp_path)):
        fsync_path(path)


def test_file_that_cannot_be_fsynced_is_a_failure(tmp_path: Path) -> None:
    for path in ("/proc/version", "/proc/self/status"):
        with pytest.raises(OSError) as caught:
            fsync_path(path)
        assert caught.value.errno == errno.EINVAL
    (tmp_path / "file").touch()
    fsync_path(str(tmp_path / "file"))
