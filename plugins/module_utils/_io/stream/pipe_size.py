# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large pipes, for streams of gigabytes."""

from __future__ import annotations

from fcntl import fcntl

_F_SETPIPE_SZ = 1031
_SIZE_BYTES = 1 << 20


def enlarge_pipe(descriptor: int) -> None:
    """Let the pipe hold 1 MiB where the system allows it; otherwise it keeps its size."""
    try:
        fcntl(descriptor, _F_SETPIPE_SZ, _SIZE_BYTES)
    except OSError:
        # The user's allowance for pipes is used up: smaller steps do the same.
        return


__all__ = ("enlarge_pipe",)
