# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key with which a database host reaches a repository on another host, and the key of that host, pinned.

Both are made and written as PostgreSQL's account, in its own directory: whoever controls that controls nothing else.
"""

from __future__ import annotations

import os

from ..._core.errors import Failed
from ..host.files import read_text, write_durably
from ..host.runner import Runner
from ..storage.place import make_private_directory

_TIMEOUT_SECONDS = 60


def public_key(path: str) -> str:
    """The public half of the key pair whose private half is at ``path``; empty: there is none yet."""
    return (read_text(f"{path}.pub") or "").strip() if os.path.exists(path) else ""


def make_key_pair(path: str, *, comment: str, runner: Runner) -> str:
    """Make a key pair without a passphrase; its public half.

    Raises Unavailable (``program-missing``), Failed (``key-not-made``).
    """
    make_private_directory(os.path.dirname(path))
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path]
    result = runner.run(argv, check=False, timeout_seconds=_TIMEOUT_SECONDS)
    made = public_key(path)
    if result.rc != 0 or not made:
        raise Failed(
            f"ssh-keygen made no key '{path}': {result.stderr.strip() or result.stdout.strip()}",
            code="key-not-made",
            hint="See that PostgreSQL's account may write there; nothing was replaced.",
        )
    return made


def pinned_lines(text: str, *, name: str, key: str) -> str:
    """The text of a known_hosts file in which a host has this key, and no other one.

    >>> pinned_lines("a ssh-ed25519 AAAA\\nb ssh-ed25519 BBBB\\n", name="a", key="ssh-ed25519 CCCC root@a")
    'b ssh-ed25519 BBBB\\na ssh-ed25519 CCCC\\n'
    """
    line = f"{name} {' '.join(key.split()[:2])}"
    lines = text.splitlines()
    if line in lines and not [each for each in lines if each.split(" ")[0] == name and each != line]:
        return text
    return "".join(f"{each}\n" for each in (*(each for each in lines if each.split(" ")[0] != name), line))


def read_known_hosts(path: str) -> str:
    """The file's text; empty: there is none."""
    return read_text(path) or ""


def write_known_hosts(path: str, text: str) -> None:
    """Replace the file."""
    make_private_directory(os.path.dirname(path))
    write_durably(path, text.encode("utf-8", "surrogateescape"))


__all__ = ("make_key_pair", "pinned_lines", "public_key", "read_known_hosts", "write_known_hosts")
