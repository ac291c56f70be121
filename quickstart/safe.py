# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the key that decrypts the archive is kept: with people, on no host of the database."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

_PROGRAMS = ("age", "age-keygen")


class Safe:
    """A key of ``age`` in a directory, where this machine has the program."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._recipient = ""

    @property
    def has_key(self) -> bool:
        """Whether anything is encrypted."""
        return bool(self._recipient)

    def make_key(self) -> None:
        """Make one, if that can be done."""
        if not all(map(shutil.which, _PROGRAMS)):
            return
        self._directory.mkdir(mode=0o700)
        subprocess.run(["age-keygen", "-o", str(self._identity)], check=True, capture_output=True)
        found = re.search(r"public key: (\S+)", self._identity.read_text(encoding="utf-8"))
        self._recipient = found.group(1) if found else ""

    def told(self) -> str:
        """What people should know of it."""
        if self.has_key:
            return "All that is archived is encrypted with age; its identity is kept apart, on no host."
        return (
            "NOT ENCRYPTED: the program 'age' is not on this machine. With it (Debian, Ubuntu: apt install age) the"
            " same story is told with everything encrypted."
        )

    def archive_variables(self) -> dict[str, object]:
        """What archiving needs: the recipient, which is no secret."""
        return {"pitr_repository_age_recipients": [self._recipient]} if self.has_key else {}

    def restore_variables(self) -> dict[str, object]:
        """What a restore needs."""
        return {"pitr_restore_age_identity_file": str(self._identity)} if self.has_key else {}

    @property
    def _identity(self) -> Path:
        return self._directory / "age.key"
