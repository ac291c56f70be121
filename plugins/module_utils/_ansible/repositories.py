# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of several repositories, with those of the first as the options of the one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.errors import InvalidInput
from .._core.repository.several import PLACE_KEYS, as_single, check_repositories


def with_first(options: Mapping[str, Any]) -> dict[str, Any]:
    """A module's options with those of the single form from the first of ``repositories``, where there is a list.

    The list itself has the form of :func:`as_single` then. Raises InvalidInput (``repositories-invalid``,
    ``repository-ambiguous``).
    """
    items = options.get("repositories")
    if not items:
        return dict(options)
    for key in PLACE_KEYS:
        if options.get(f"repository_{key}"):
            raise InvalidInput(
                f"both 'repositories' and 'repository_{key}' are set",
                code="repository-ambiguous",
                hint=f"Leave 'pitr_repository_{key}' empty for this cluster, or 'pitr_repositories'.",
            )
    singles = [as_single(item) for item in items]
    check_repositories(singles)
    return {**options, **singles[0], "repositories": singles}


__all__ = ("with_first",)
