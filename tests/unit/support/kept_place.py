# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where age identities are kept in memory, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age_identity import AgeIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.kept_identity import KeptIdentity

MEMORY = Path("/dev/shm")


def number_of(directory: Path) -> str:
    """What is in the name of everything that is kept for a directory."""
    found = directory.stat()
    return f"pgpitr-{found.st_dev}-{found.st_ino}-"


def recovered_directory(tmp_path: Path) -> Iterator[Path]:
    """A data directory whose recovery needs an identity; what is kept for it is dropped, also under its later name."""
    made = tmp_path / "data.pitr-new"
    made.mkdir()
    yield made
    KeptIdentity(str(made) if made.exists() else str(tmp_path / "data")).drop()


def content_of(identity: AgeIdentity | KeptIdentity) -> bytes:
    """What a program reads that is given the identity."""
    return Path(f"/proc/self/fd/{identity.descriptor()}").read_bytes()
