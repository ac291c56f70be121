# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's log, wherever it goes: the logging collector's files, a file given to pg_ctl, or the journal."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..._core.errors import Damaged
from ..._core.postgres.cluster import SYSTEMD, Cluster
from ..._core.postgres.service_command import unit_log
from ..._core.redaction import redacted
from ..host.files import open_regular, read_text
from ..host.runner import Runner
from ..privilege.root import SERVICE_JOURNAL, ask_root, has_root
from .postmaster import postmaster_of, postmaster_pid

# Where pg_ctl is told to write for a cluster of which no earlier log file is known.
_OWN_NAME = "server.log"
_TAIL_BYTES = 256 * 1024
_MOST_BYTES = 1 << 24
_FORMATS = ("stderr", "csvlog", "jsonlog")


@dataclass(frozen=True)
class LogMark:
    """A moment in the log: the size in bytes of each file there was, and the host's clock for the journal."""

    sizes: Mapping[str, int]
    seconds: float


class ServerLog:
    """Reads the log of one cluster's server as lines. A log that this user may not read has no lines."""

    def __init__(self, cluster: Cluster, *, runner: Runner) -> None:
        self._cluster = cluster
        self._runner = runner

    def mark(self, *, now_seconds: float) -> LogMark:
        """The end of the log as it is; ``now_seconds`` is the host's clock (Unix time)."""
        return LogMark({path: _size(path) for path in self.files()}, now_seconds)

    def since(self, mark: LogMark, *, lines: int = 30) -> tuple[str, ...]:
        """The last lines written after the mark, oldest first, without the passwords in statements and settings."""
        written: list[str] = []
        for path in self.files():
            written += _lines(path, offset=mark.sizes.get(path, 0))
        if not written:
            written = self._journal(f"--since=@{mark.seconds:.0f}", lines=lines)
        return _shown(written, lines=lines)

    def tail(self, *, lines: int = 30) -> tuple[str, ...]:
        """The last lines of the log, however old."""
        written: list[str] = []
        for path in self.files():
            written += _lines(path, offset=max(0, _size(path) - _TAIL_BYTES))
        return _shown(written or self._journal("--boot", lines=lines), lines=lines)

    def files(self) -> tuple[str, ...]:
        """The log's files, the one that a start writes to first and the logging collector's last."""
        found = [self._standard_error(), self._debian_file(), start_log_file(self._cluster), *self._collected()]
        return tuple(dict.fromkeys(path for path in found if path and os.path.isfile(path)))

    def _standard_error(self) -> str | None:
        pid = postmaster_pid(self._cluster.data_directory)
        postmaster = postmaster_of(pid) if pid is not None else None
        return postmaster.log_file if postmaster else None

    def _debian_file(self) -> str | None:
        # pg_ctlcluster writes there unless the link "log" beside the configuration points elsewhere.
        if self._cluster.debian_name is None:
            return None
        link = f"{os.path.dirname(self._cluster.config_file)}/log"
        if os.path.islink(link):
            return os.path.realpath(link)
        return f"/var/log/postgresql/postgresql-{self._cluster.debian_name.replace('/', '-')}.log"

    def _collected(self) -> Sequence[str]:
        # Lines such as "stderr log/postgresql-2026-09-15.log", relative to the data directory.
        text = read_text(f"{self._cluster.data_directory}/current_logfiles") or ""
        named = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
        path = next((named[kind] for kind in _FORMATS if kind in named), None)
        return [os.path.join(self._cluster.data_directory, path)] if path else []

    def _journal(self, since: str, *, lines: int) -> list[str]:
        if self._cluster.service.kind != SYSTEMD:
            return []
        name = self._cluster.service.name
        if not has_root():
            return self._runner.run(unit_log(name, since=since, lines=lines), check=False).stdout.splitlines()
        # The journal of a unit is root's to read, and the server's own user need not be in a group that may.
        return str(ask_root(SERVICE_JOURNAL, name=name, since=since, lines=lines)).splitlines()


def start_log_file(cluster: Cluster) -> str:
    """The file that ``pg_ctl start`` appends to: where the running server's messages go, else one of our own."""
    return cluster.log_file or f"{cluster.data_directory}/{_OWN_NAME}"


def _shown(written: Sequence[str], *, lines: int) -> tuple[str, ...]:
    return tuple(redacted(line) for line in written[-lines:])


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _lines(path: str, *, offset: int) -> list[str]:
    try:
        descriptor = open_regular(path)
    except (FileNotFoundError, PermissionError, Damaged):
        return []
    try:
        size_bytes = os.fstat(descriptor).st_size
        # A file that is shorter than it was has been rotated by truncation: all of it is new.
        start = max(offset if offset <= size_bytes else 0, size_bytes - _MOST_BYTES)
        return os.pread(descriptor, _MOST_BYTES, start).decode("utf-8", errors="replace").splitlines()
    finally:
        os.close(descriptor)


__all__ = ("LogMark", "ServerLog", "start_log_file")
