# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that gives credentials as AWS's own tools ask for them, by a script that a test writes."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

# Each call takes the next answer; the last one stays. An empty one is a failure.
_PROGRAM = """import sys
path = sys.argv[1]
lines = open(path).read().splitlines()
open(path + ".calls", "a").write("x")
open(path, "w").write("\\n".join(lines[1:] or lines))
sys.exit(print(lines[0]) if lines[0] else 1)
"""


class CredentialSource:
    """``credential_process`` of a configuration file, ``config``."""

    def __init__(self, directory: Path) -> None:
        self._answers = directory / "answers"
        program = directory / "credentials.py"
        program.write_text(_PROGRAM)
        self.config = directory / "config"
        self.config.write_text(f"[default]\ncredential_process = {sys.executable} {program} {self._answers}\n")

    def answer(self, *answers: str) -> None:
        """What the next calls are answered."""
        self._answers.write_text("\n".join(answers))

    @property
    def call_count(self) -> int:
        """How often it was asked."""
        calls = Path(f"{self._answers}.calls")
        return len(calls.read_text()) if calls.exists() else 0


def credentials(identifier: str, secret: str, *, minutes: int) -> str:
    """An answer: these keys, valid for so long. Within ten minutes of the end the library asks again each time."""
    until = datetime.now(timezone.utc) + timedelta(minutes=minutes)
    answer = {"Version": 1, "AccessKeyId": identifier, "SecretAccessKey": secret, "Expiration": until.isoformat()}
    return json.dumps(answer)


FAILURE = ""
