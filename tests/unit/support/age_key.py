# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of `age` for tests."""

from __future__ import annotations

import re
import subprocess

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.encryption.age_keys import parse_identity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age_identity import AgeIdentity


def age_key() -> tuple[AgeIdentity, str]:
    """A new identity, in memory, and its recipient."""
    text = subprocess.run(["age-keygen"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"public key: (\S+)", text)
    assert found
    return AgeIdentity(parse_identity(text)), found.group(1)
