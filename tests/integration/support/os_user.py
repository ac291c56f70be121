# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operating-system user that owns test clusters: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# `postgres` comes with Debian's packages; `nobody` is everywhere.
UNPRIVILEGED_NAMES = ("postgres", "nobody")


@dataclass(frozen=True)
class OsUser:
    """An account that test commands run as; the tests' own account where that is not root."""

    name: str
    uid: int
    gid: int
    home: str

    @classmethod
    def for_clusters(cls) -> OsUser:
        """The caller, or an unprivileged account when the caller is root."""
        if os.geteuid() != 0:
            return cls._of(pwd.getpwuid(os.geteuid()))
        for name in UNPRIVILEGED_NAMES:
            try:
                return cls._of(pwd.getpwnam(name))
            except KeyError:
                continue
        raise RuntimeError(f"root needs one of the accounts {UNPRIVILEGED_NAMES} to run PostgreSQL as, and none exists")

    @classmethod
    def _of(cls, entry: pwd.struct_passwd) -> OsUser:
        return cls(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, home=entry.pw_dir)

    @property
    def is_caller(self) -> bool:
        """Whether commands need no change of identity."""
        return self.uid == os.geteuid()

    def popen_options(self) -> dict[str, object]:
        """What `subprocess` needs to start a command as this user."""
        if self.is_caller:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": [self.gid]}

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """A small, known environment: nothing of the caller's PG* or ANSIBLE_* settings gets through."""
        kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if key in os.environ}
        return {
            **kept,
            "LC_ALL": "C.UTF-8",
            "HOME": self.home,
            "USER": self.name,
            "LOGNAME": self.name,
            **(extra or {}),
        }

    def run(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        check: bool = True,
        stdin: bytes | None = None,
        extra_environment: Mapping[str, str] | None = None,
        timeout_seconds: float = 120,
        cwd: Path = Path("/"),
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this user; a failure carries what it printed."""
        done = subprocess.run(
            [os.fspath(part) for part in argv],
            input=stdin if stdin is not None else b"",
            capture_output=True,
            timeout=timeout_seconds,
            cwd=cwd,
            env=self.environment(extra_environment),
            check=False,
            **self.popen_options(),  # type: ignore[arg-type,call-overload]
        )
        out = done.stdout.decode("utf-8", "replace")
        err = done.stderr.decode("utf-8", "replace")
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, argv))} exited {done.returncode}\n{out}\n{err}")
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def own(self, path: Path) -> Path:
        """Give `path` to this user."""
        if not self.is_caller:
            os.chown(path, self.uid, self.gid)
        return path
