# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the arguments of the commands that PostgreSQL runs; ``argparse`` takes longer than storing a segment."""

from __future__ import annotations

from ..._core.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def take_option(arguments: Sequence[str], *, name: str) -> tuple[str | None, list[str]]:
    """The value of an option given as ``--name value`` or ``--name=value``, and the arguments without it.

    ``None``: it is not given. Raises InvalidInput (``usage``) when its value is missing or it is given twice.
    """
    value: str | None = None
    others = []
    remaining = list(arguments)
    while remaining:
        argument = remaining.pop(0)
        if argument != name and not argument.startswith(name + "="):
            others.append(argument)
            continue
        if value is not None:
            raise usage_error(f"{name} is given twice")
        if argument != name:
            value = argument[len(name) + 1 :]
        elif remaining:
            value = remaining.pop(0)
        else:
            raise usage_error(f"{name} has no value")
    return value, others


def cluster_and_names(arguments: Sequence[str], *, names: tuple[str, ...]) -> tuple[str, list[str]]:
    """The value of ``--cluster`` and exactly the arguments called ``names``. Raises InvalidInput (``usage``)."""
    cluster, values = take_option(arguments, name="--cluster")
    unknown = next((value for value in values if value.startswith("-")), None)
    if unknown is not None:
        raise usage_error(f"unknown option '{unknown.partition('=')[0]}'")
    if cluster is None:
        raise usage_error("--cluster is missing")
    if len(values) < len(names):
        raise usage_error(f"{' '.join(names[len(values) :])} is missing")
    if len(values) > len(names):
        raise usage_error(f"unexpected argument '{values[len(names)]}'")
    return cluster, values


def usage_error(what: str, *, hint: str = "See 'pgpitr help'.") -> InvalidInput:
    """The error for a command line that can't be read."""
    return InvalidInput(what, code="usage", hint=hint)


__all__ = ("cluster_and_names", "take_option", "usage_error")
