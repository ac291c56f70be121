# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory as the place of a storage."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from storage_place import StoragePlace

CAN_MOUNT = os.geteuid() == 0


class DirectoryPlace(StoragePlace):
    """A directory among the temporary files; for root, file systems of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def storage(self) -> DirectoryStorage:
        return DirectoryStorage(
            str(self.path), marker="cluster.json" if (self.path / "cluster.json").exists() else None
        )

    def everything(self) -> list[str]:
        return sorted(
            str(path.relative_to(self.path))
            for path in self.path.rglob("*")
            if path.is_file() and not path.name.endswith(".lock") and path.name not in (".gate", ".progress")
        )

    def fill(self, folder: str, *, count: int) -> None:
        (self.path / folder).mkdir(parents=True)
        for number in range(count):
            os.close(os.open(f"{self.path}/{folder}/{number:06}", os.O_CREAT | os.O_WRONLY, 0o600))

    @contextmanager
    def full(self) -> Iterator[None]:
        if CAN_MOUNT:
            with mounted(self.path, size="256k"):
                yield
                content = {path: path.read_bytes() for path in self.path.rglob("*") if path.is_file()}
            for path, data in content.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            return
        # The write that passes a limit on the size of files fails in the same way.
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    @contextmanager
    def vanished(self) -> Iterator[Callable[[], list[str]]]:
        mount_point = self.path.parent
        if CAN_MOUNT:
            subprocess.run(["umount", str(mount_point)], check=True)
            yield lambda: sorted(path.name for path in mount_point.rglob("*"))
            bind(mount_point)
            return
        # What lies where a file system was mounted is as empty as a new directory.
        away = mount_point.with_name("away")
        mount_point.rename(away)
        mount_point.mkdir()
        yield lambda: sorted(path.name for path in mount_point.rglob("*"))
        mount_point.rmdir()
        away.rename(mount_point)


def bind(mount_point: Path) -> None:
    """Mount a directory from beside it there."""
    subprocess.run(["mount", "--bind", str(mount_point.with_name("device")), str(mount_point)], check=True)


@contextmanager
def mounted(path: Path, *, size: str) -> Iterator[None]:
    """A small file system on the directory."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(path)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


Place = TypeVar("Place", bound=DirectoryPlace)


@contextmanager
def directory_place(tmp_path: Path, kind: Callable[[Path], Place]) -> Iterator[Place]:
    """An empty directory, for root on a file system that can be unmounted."""
    mount_point = tmp_path / "mount"
    mount_point.mkdir()
    if CAN_MOUNT:
        (tmp_path / "device").mkdir()
        bind(mount_point)
    path = mount_point / "it's a storage"
    path.mkdir(mode=0o700)
    yield kind(path)
    if CAN_MOUNT:
        subprocess.run(["umount", str(mount_point)], check=True)
