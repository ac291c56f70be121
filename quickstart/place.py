# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the quickstart lives, and as whom."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from object_storage import stop_left_one

CHECKOUT = Path(__file__).resolve().parent.parent

# PostgreSQL's own limit for the path of a Unix socket is 107 bytes; the file name in it takes up to 20.
_SOCKET_DIRECTORY_LIMIT = 80


@dataclass(frozen=True)
class Place:
    """The folder of the quickstart, the build folder and PostgreSQL's programs, and the user that runs them."""

    root: Path
    build: Path
    pg_bin: Path
    user: pwd.struct_passwd

    @classmethod
    def choose(cls, *, name: str, build_directory: str, pg_bin: str, directory: str = "") -> Place:
        """The directory asked for; else that of this name in the checkout, or in /var/tmp for who cannot get there."""
        user = _ordinary_user()
        root = Path(directory).absolute() if directory else _usual_root(user, name=name)
        return cls(root, Path(build_directory).resolve(), Path(pg_bin).resolve(), user)

    @property
    def inventory(self) -> Path:
        return self.root / "inventory.yml"

    @property
    def object_storage(self) -> Path:
        return self.root / "object-storage"

    @property
    def weed(self) -> Path:
        """The program of the embedded object storage."""
        return self.build / "venv" / "bin" / "weed"

    @property
    def sockets(self) -> Path:
        """A directory for the Unix socket whose path is short enough."""
        own = self.root / "socket"
        if len(str(own)) <= _SOCKET_DIRECTORY_LIMIT:
            return own
        key = hashlib.sha256(str(own).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"pgfleet-pitr-{self.user.pw_uid}-{key}"

    def has_content(self) -> bool:
        """Whether an earlier run has left something."""
        return any((self.root / name).exists() for name in ("inventory.yml", "data", "db1"))

    def clean(self) -> int:
        """Stop every server and remove the folder; 0 also when there was none."""
        if not self.root.exists():
            print(f"Nothing to remove: there is no {self.root}")
            return 0
        # Beside a data directory there may be one that a restore has put aside.
        for running in (*self.root.glob("*/postmaster.pid"), *self.root.glob("*/*/postmaster.pid")):
            stop = [self.pg_bin / "pg_ctl", "stop", "-D", running.parent, "-m", "immediate", "-s"]
            subprocess.run(stop, check=False, cwd="/")
        stop_left_one(self.object_storage)
        for folder in (self.root, self.sockets):
            if folder.exists():
                _empty(folder)
        print(f"Removed {self.root}")
        return 0


def _usual_root(user: pwd.struct_passwd, *, name: str) -> Path:
    if _may_traverse(CHECKOUT, user=user) and (os.geteuid() == 0 or os.access(CHECKOUT, os.W_OK)):
        return CHECKOUT / f".{name}"
    key = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"pgfleet-pitr-{name}-{user.pw_uid}-{key}"


def become_ordinary_user(place: Place) -> None:
    """As root, make the folder and go on as the ordinary user for good: PostgreSQL refuses to run as root."""
    if os.geteuid() == 0:
        for folder in (place.root, place.sockets):
            folder.mkdir(mode=0o700, exist_ok=True)
            # In a directory that everybody may write to, a link could make root give away something else.
            os.chown(folder, place.user.pw_uid, place.user.pw_gid, follow_symlinks=False)
        os.initgroups(place.user.pw_name, place.user.pw_gid)
        os.setgid(place.user.pw_gid)
        os.setuid(place.user.pw_uid)
        print(f"(running as '{place.user.pw_name}': PostgreSQL refuses root)")
    os.umask(0o077)


def _empty(folder: Path) -> None:
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()
    # The parent may belong to root, who made the folder: then it stays, empty.
    if os.access(folder.parent, os.W_OK):
        folder.rmdir()


def _ordinary_user() -> pwd.struct_passwd:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in (os.environ.get("SUDO_USER", ""), "postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return entry
    raise SystemExit("quickstart: PostgreSQL refuses root, and there is no user 'postgres' or 'nobody' to run it as")


def _may_traverse(path: Path, *, user: pwd.struct_passwd) -> bool:
    """Whether the user can get into the directory and all above it, by mode bits."""
    groups = set(os.getgrouplist(user.pw_name, user.pw_gid))
    for directory in (path, *path.parents):
        facts = directory.stat()
        if facts.st_uid == user.pw_uid:
            needed = stat.S_IXUSR
        elif facts.st_gid in groups:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not facts.st_mode & needed:
            return False
    return True
