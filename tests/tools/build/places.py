# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are: the checkout, the build folder, and the home that tools get."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
REQUIREMENTS = CHECKOUT / "tests" / "requirements"
COLLECTION = Path("ansible_collections") / "pgfleet" / "pitr"


class BuildError(Exception):
    """Something that a person has to put right; the message says what."""


def prepare_build_folder() -> Path:
    """The build folder, made if needed: `.build`, or a place in /var/tmp that `.build` then links to.

    Root's tests run PostgreSQL as another user. Where that user can't enter the checkout (a clone under /root), what
    is built has to lie elsewhere.
    """
    link = CHECKOUT / ".build"
    wanted = link
    if os.geteuid() == 0 and not everybody_may_enter(CHECKOUT):
        key = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
        wanted = Path("/var/tmp") / f"pgfleet-pitr-{key}"
        if not link.is_symlink() and not link.exists():
            link.symlink_to(wanted)
    if link.is_symlink():
        wanted = link.readlink()
    wanted.mkdir(mode=0o755, exist_ok=True)
    if wanted.is_symlink():
        raise BuildError(f"build folder {wanted} is a link; remove it")
    _check_owner(wanted)
    for name in ("home", "logs", "stamps"):
        (wanted / name).mkdir(exist_ok=True)
    return wanted.resolve()


def everybody_may_enter(directory: Path) -> bool:
    """Whether every user can reach what is in the directory."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (directory, *directory.parents))


def _check_owner(folder: Path) -> None:
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise BuildError(
            f"build folder {folder} belongs to user {owner}, not to you: remove it, or use a clone of your own"
        )
