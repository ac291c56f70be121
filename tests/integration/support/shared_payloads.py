# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible sends to a host for a module, kept from one playbook run of the tests for the next ones.

Ansible makes it once in a run, of some 400 files that it parses for their imports: a third of what a run costs. Each is
made by Ansible itself, of the collection's very content, by the first run that needs it.
"""

from __future__ import annotations

import hashlib
import shutil
from functools import cache

from support.os_user import OsUser
from support.places import build_folder, collections_path

# Where the callback of the tests finds the folder.
VARIABLE = "PITR_SHARED_PAYLOADS"


@cache
def shared_payloads(os_user: OsUser) -> dict[str, str]:
    """The environment of a playbook run that takes part; empty where the build folder is somebody else's."""
    files = collections_path() / "ansible_collections" / "pgfleet" / "pitr" / "FILES.json"
    digest = hashlib.sha256(files.read_bytes()).hexdigest()[:24]
    folder = build_folder() / "payloads" / digest / str(os_user.uid)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os_user.own(folder)
        for other in folder.parent.parent.iterdir():
            if other.name != digest:
                shutil.rmtree(other, ignore_errors=True)
    except OSError:
        return {}
    return {VARIABLE: str(folder)}


__all__ = ("VARIABLE", "shared_payloads")
