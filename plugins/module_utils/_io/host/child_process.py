# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A child that does not outlive its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from .runner import child_environment, child_identity, program_missing

_PR_SET_PDEATHSIG = 1


def start_child(
    argv: Sequence[str], *, environment: Mapping[str, str] | None = None, kept_descriptors: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a program whose standard error is a pipe; the kernel kills it when this process dies, however it dies.

    ``kept_descriptors`` stay open in the child. Call it from the main thread: the tie is to the thread that starts the
    child. Raises Unavailable (``program-missing``).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        # The parent may have died before the tie was made.
        if os.getppid() != parent:
            os._exit(127)

    try:
        return subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd="/",
            env=child_environment(environment),
            # It calls nothing that could wait for a lock of another thread.
            preexec_fn=tie,  # noqa: PLW1509
            pass_fds=tuple(kept_descriptors),
            **child_identity(),
        )
    except FileNotFoundError as error:
        raise program_missing(argv[0]) from error


__all__ = ("start_child",)
