# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup manifests as text, for tests."""

from __future__ import annotations

import hashlib

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest_check import ReadFile
from fixture_files import FIXTURES

# As PostgreSQL 15 writes it, with three of its files.
FIXTURE = FIXTURES / "backup_manifest-15.txt"


BODY = FIXTURE.read_text(encoding="utf-8").partition('"Manifest-Checksum"')[0]


def sealed(body: str) -> str:
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f'{body}"Manifest-Checksum": "{digest}"}}\n'


FOUND = {
    "backup_label": ReadFile(227, "0f2e7a45"),
    "b\udcc3": ReadFile(0, "00000000"),
    "global/pg_control": ReadFile(8192, "43872087"),
}
