# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the build folder, the installed collection and scratch space are."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
SUPPORT = Path(__file__).resolve().parent


def build_folder() -> Path:
    """What `make build` filled: `.build` of the checkout, or the folder that make names where that can't be shared."""
    return Path(os.environ.get("PITR_BUILD_FOLDER") or CHECKOUT / ".build").resolve()


def collections_path() -> Path:
    """The folder that holds `ansible_collections` with the collection under test: the installed one."""
    given = os.environ.get("ANSIBLE_COLLECTIONS_PATH", "").split(os.pathsep)[0]
    path = Path(given) if given else build_folder() / "collections"
    if not (path / "ansible_collections" / "pgfleet" / "pitr" / "plugins").is_dir():
        raise RuntimeError(
            f"collection pgfleet.pitr is not installed in {path}: run `make integration`, or `make build`"
        )
    return path


def scratch_base() -> Path:
    """A directory for scratch space whose path is short (Unix sockets) and open to every user."""
    for candidate in (os.environ.get("PITR_TEST_TMPDIR", ""), tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if candidate and len(candidate) < 40 and _everybody_may_enter(Path(candidate)):
            return Path(candidate)
    raise RuntimeError("no temporary directory that every user can enter: set PITR_TEST_TMPDIR")


def _everybody_may_enter(directory: Path) -> bool:
    resolved = directory.resolve()
    return all(parent.is_dir() and parent.stat().st_mode & 0o001 for parent in (resolved, *resolved.parents))
