# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.release import VERSION


def test_version_is_that_of_the_collection() -> None:
    galaxy = Path(__file__).resolve().parents[5] / "galaxy.yml"
    assert re.findall(r"^version: (\S+)$", galaxy.read_text(encoding="utf-8"), flags=re.MULTILINE) == [VERSION]
