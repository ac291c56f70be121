# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.mounts import mount_points

TEXT = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
31 22 8:1 /volume /pg/data/pg_wal rw,relatime - ext4 /dev/sda1 rw
32 22 0:45 / /with\\040space\\134 rw - tmpfs tmpfs rw

"""


def test_every_mount_counts_also_of_the_same_file_system() -> None:
    assert mount_points(TEXT) == {"/", "/pg/data/pg_wal", "/with space\\"}


def test_this_host_has_a_root() -> None:
    assert "/" in mount_points()
