# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster `db1` in two repositories, and the segments of its pg_wal."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.several_folders import (
    NamedFolder,
    SeveralFolders,
)
from registered_cluster import register, segment_content

NAMES = {number: f"00000001{0:08X}{number:08X}" for number in range(16)}


class TwoRepositories:
    """`near` and `far`, both with the cluster and nothing else yet."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "data"
        self.wal = self.data / "pg_wal"
        (self.wal / "archive_status").mkdir(parents=True)
        self.near = register(made(directory / "near"), data_directory=self.data)
        self.far = register(made(directory / "far"), data_directory=self.data)

    def segment(self, number: int, *, timeline: int = 1, body: bytes = b"x") -> Path:
        """A segment in pg_wal."""
        path = self.wal / f"{timeline:08X}{NAMES[number][8:]}"
        path.write_bytes(segment_content(number, timeline=timeline, body=body))
        return path

    def store(self, folder: ClusterFolder, *numbers: int, body: bytes = b"x", compression: str = "gzip") -> None:
        """Store segments in one of them."""
        for number in numbers:
            source = self.segment(number, body=body)
            folder.store_wal(str(source), data_directory=str(self.data), compression=compression)

    def stored(self, folder: ClusterFolder) -> list[int]:
        """The numbers of the segments in one of them."""
        return sorted(int(name[16:24], 16) for name in folder.wal_names())

    def file(self, folder: ClusterFolder, number: int) -> Path:
        """Where a segment is stored in one of them."""
        return Path(folder.find_wal(NAMES[number]) or "")

    def both(self, *, far_is_required: bool = True) -> SeveralFolders:
        """Both as one."""
        return SeveralFolders([NamedFolder("near", self.near), NamedFolder("far", self.far, far_is_required)])

    def configuration(self, *, far_is_required: bool = True) -> dict[str, str]:
        """The program's, with both."""
        from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.agent_config import parse_agent_config

        lines = [
            "repository_name = near",
            f"repository_path = {Path(self.near.path).parent}",
            "compression = gzip",
            "repository2_name = far",
            f"repository2_path = {Path(self.far.path).parent}",
            *([] if far_is_required else ["repository2_required = false"]),
        ]
        return parse_agent_config("\n".join(lines), path="db1.conf")


def made(path: Path) -> Path:
    """The directory, now there."""
    path.mkdir(mode=0o700)
    return path


def spoiled(path: Path) -> None:
    """Change bytes in the middle."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8] = bytes(each ^ 0xFF for each in content[middle : middle + 8])
    path.write_bytes(bytes(content))
