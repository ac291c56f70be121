# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr backup``."""

from __future__ import annotations

from collections.abc import Sequence

from .._core.errors import InvalidInput


def run(arguments: Sequence[str], *, config_directory: str) -> int:
    """Refuse: the command is not there yet. Raises InvalidInput (``not-supported``)."""
    raise InvalidInput(
        f"'pgpitr backup' does nothing yet with {len(arguments)} arguments and {config_directory}",
        code="not-supported",
        hint="Use the collection's modules.",
    )


__all__ = ("run",)
