# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the recorded output of PostgreSQL's programs lies."""

from __future__ import annotations

from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


def sections(name: str) -> list[tuple[str, str]]:
    """The recorded outputs in a file, each with its title."""
    parts = (FIXTURES / name).read_text(encoding="utf-8").split("== ")[1:]
    return [(part.split(" ==")[0], part.split(" ==\n", 1)[1]) for part in parts]
