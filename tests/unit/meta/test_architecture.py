# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk in docs/architecture.md leads through files that exist, and past every room."""

from __future__ import annotations

import re

from imports import package_imports
from sources import CHECKOUT, UTILS, text_of

PAGE = CHECKOUT / "docs" / "architecture.md"
PATH = re.compile(r"`([\w/.-]+\.(?:py|yml))`")


def named_files() -> list[str]:
    """The files with a folder that the page names."""
    return [name for name in PATH.findall(text_of(PAGE)) if "/" in name]


def test_every_file_on_the_way_exists():
    gone = [name for name in named_files() if not ((UTILS if name.startswith("_") else CHECKOUT) / name).is_file()]

    assert gone == []


def test_the_walks_pass_through_every_room_but_those_beside_the_way():
    passed = {".".join(name.split("/")[:-1]) for name in named_files() if name.startswith("_")}
    # Settings of the server when archiving is set up, steps that write files, and timers.
    beside = {
        "_ansible.archiving", "_core.archiving", "_core.host", "_core.postgres", "_core.schedule",
        "_operations.archiving", "modules",
    }  # fmt: skip

    assert set(package_imports()) - passed - beside == set()
