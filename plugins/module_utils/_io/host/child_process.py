# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A child that does not outlive its parent."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from ..privilege.parent_death import end_with_parent
from ..privilege.signals import waiting
from .runner import start_program


def start_child(
    argv: Sequence[str], *, environment: Mapping[str, str] | None = None, kept_descriptors: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a program whose standard error is a pipe; the kernel kills it when this process dies, however it dies.

    ``kept_descriptors`` stay open in the child. Call it from the main thread: the tie is to the thread that starts the
    child. Raises Unavailable (``program-missing``).
    """
    parent = os.getpid()

    def tie() -> None:
        end_with_parent()
        # The parent may have died before the tie was made.
        if os.getppid() != parent:
            os._exit(127)

    # Around a fork Python calls what others have registered, which must not be torn either.
    with waiting():
        return start_program(
            argv,
            environment=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            # It calls nothing that could wait for a lock of another thread.
            preexec_fn=tie,
            pass_fds=tuple(kept_descriptors),
        )


__all__ = ("start_child",)
