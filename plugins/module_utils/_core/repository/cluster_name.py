# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names a cluster may have in a repository."""

from __future__ import annotations

from ..errors import InvalidInput

_LETTERS_AND_DIGITS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_ALLOWED = _LETTERS_AND_DIGITS | frozenset("._-")
_LENGTH_MAX = 128


def check_cluster_name(name: str) -> None:
    """Return when the name may be a cluster's folder and stand in a shell command as it is.

    Raises InvalidInput (``invalid-cluster-name``).
    """
    if name and name[0] in _LETTERS_AND_DIGITS and _ALLOWED.issuperset(name) and len(name) <= _LENGTH_MAX:
        return
    raise InvalidInput(
        f"'{name}' is not a cluster name",
        code="invalid-cluster-name",
        hint="Set 'pitr_cluster_name' to letters, digits, dots, underscores and hyphens, beginning with a letter or"
        f" digit, at most {_LENGTH_MAX} of them.",
    )


__all__ = ("check_cluster_name",)
