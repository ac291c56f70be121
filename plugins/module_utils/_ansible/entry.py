# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way from a module's arguments to its result: errors become ``fail_json`` here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .._core.errors import PitrError

# Before a module acts as another user.
from .late_imports import LATE_IMPORTS  # noqa: F401  # pylint: disable=unused-import


@dataclass(frozen=True)
class Outcome:
    """What a module did or would do: whether anything changes, its return values, and the diff."""

    changed: bool
    values: Mapping[str, Any] = field(default_factory=dict)
    diff: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """What a module was asked: its options (empty strings made ``None``), check mode, and where it reports progress."""

    options: Mapping[str, Any]
    check_mode: bool
    log: Callable[[str], None]


def run(
    action: Callable[[Request], Outcome],
    *,
    argument_spec: Mapping[str, Any],
    supports_check_mode: bool = True,
    **rules: Any,
) -> None:
    """Run a module: parse, call ``action``, exit with its outcome or fail with ``msg``, ``code`` and ``hint``."""
    module = AnsibleModule(argument_spec=dict(argument_spec), supports_check_mode=supports_check_mode, **rules)
    request = Request(options=_without_empty(module.params), check_mode=module.check_mode, log=module.log)
    try:
        outcome = action(request)
    except PitrError as error:
        details = getattr(error, "values", None) or {}
        module.fail_json(msg=error.message, code=error.code, hint=error.hint, **details)
    for warning in outcome.warnings:
        module.warn(warning)
    result: dict[str, Any] = {"changed": outcome.changed, **outcome.values}
    if outcome.diff is not None:
        result["diff"] = dict(outcome.diff)
    module.exit_json(**result)


def _without_empty(params: Mapping[str, Any]) -> dict[str, Any]:
    # Optional answers of an AWX survey arrive as "": everywhere that means unset.
    return {name: None if value == "" else value for name, value in params.items()}


__all__ = ("Outcome", "Request", "run")
