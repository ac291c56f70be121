# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.release import VERSION
from sources import CHECKOUT


def test_version_is_that_of_the_collection() -> None:
    galaxy = CHECKOUT / "galaxy.yml"
    assert re.findall(r"^version: (\S+)$", galaxy.read_text(encoding="utf-8"), flags=re.MULTILINE) == [VERSION]
