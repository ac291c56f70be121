# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository with backups and WAL to verify, and what damages its files."""

from __future__ import annotations

from support.archiving import archive


def fill_segment(cluster, repository):
    """Write rows until a segment is full and archived; its name."""
    cluster.sql("INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 3000) AS n")
    name = cluster.switch_segment()
    cluster.wait_until(lambda: list(repository.glob(f"db1/wal/*/*/{name}*")), what=f"{name} is archived")
    return name


class VerifiedRepository:
    """A repository with two full backups and WAL between and after them."""

    def __init__(self, workbench, make_cluster, repository):
        self.workbench = workbench
        self.repository = repository
        self.cluster = make_cluster(segment_size_mb=1)
        self.options = archive(workbench, self.cluster, repository=repository)
        self.cluster.sql("CREATE TABLE t (n int, text text)")
        self.old = self.back_up()
        self.between = [fill_segment(self.cluster, repository) for _number in range(4)]
        self.new = self.back_up()
        self.end = [fill_segment(self.cluster, repository) for _number in range(2)]

    def back_up(self):
        return self.workbench.run_module("base_backup", {**self.options, "type": "full"})["backup"]

    def verify(self, **more):
        keys = ("name", "repository_path", "bin_directory")
        check = more.pop("check", False)
        failing, as_root = more.pop("expect_failure", False), more.pop("as_root", False)
        options = {**{key: self.options[key] for key in keys}, **more}
        return self.workbench.run_module("backup_verify", options, check=check, expect_failure=failing, as_root=as_root)

    def file(self, label, pattern):
        (found,) = (self.repository / "db1" / "backups" / label).glob(pattern)
        return found

    def segment(self, name):
        (found,) = (path for path in self.repository.glob(f"db1/wal/*/*/{name}.*") if path.stem == name)
        return found

    def first_segment(self, backup):
        high, low = (int(part, 16) for part in backup["start_lsn"].split("/"))
        number = ((high << 32) + low) // (1024 * 1024)
        return f"00000001{number // 4096:08X}{number % 4096:08X}"


def flip(path, *, share=0.5):
    """Change one byte of a file."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * share)] ^= 0x55
    path.write_bytes(content)
