# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that leads this session: of PostgreSQL's commands the server's process that calls them.

Each process of the server leads a session of its own. Source: PostgreSQL, ``InitPostmasterChild`` in
src/backend/utils/init/miscinit.c.
"""

from __future__ import annotations

import os


def session_leader() -> str | None:
    """The leader's number and start, which no other process ever has; ``None``: the host does not say."""
    leader = os.getsid(0)
    try:
        with open(f"/proc/{leader}/stat", "rb") as stream:
            return f"{leader} {stream.read().rpartition(b')')[2].split()[19].decode('ascii')}"
    except (OSError, IndexError):
        return None


def is_alive(process: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


__all__ = ("is_alive", "session_leader")
