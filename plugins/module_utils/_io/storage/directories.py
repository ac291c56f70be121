# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making the repository's directories: durable, and for their owner alone."""

from __future__ import annotations

import os

DIRECTORY_MODE = 0o700


def make_private_directory(path: str) -> bool:
    """Make one directory, 0700 under any umask; ``False`` when it was there. The parent is not made durable here."""
    try:
        os.mkdir(path, DIRECTORY_MODE)
    except FileExistsError:
        return False
    os.chmod(path, DIRECTORY_MODE)
    return True


def make_path_below(root: str, relative: str) -> list[str]:
    """Make the directories of a relative path below ``root``, which must exist.

    The result is every directory whose names must be durable before something in the last one counts as stored,
    deepest last; ``root`` comes first. They are listed even when they were there: the run that made them may have been
    killed before it could make them durable.
    """
    passed = [root]
    for part in relative.split("/"):
        path = passed[-1] + "/" + part
        make_private_directory(path)
        passed.append(path)
    return passed


__all__ = ("DIRECTORY_MODE", "make_path_below", "make_private_directory")
