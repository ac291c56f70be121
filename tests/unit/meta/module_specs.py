# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules' argument specs, as their main() hands them over."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from sources import MODULES, python_files

MODULE_NAMES = sorted(path.stem for path in python_files(MODULES))


class SpecSeen(Exception):
    """Carries the argument spec out of a module's main()."""


def argument_spec(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], bool]:
    """The spec that a module's main() hands over, and whether it supports check mode."""
    module = importlib.import_module(f"ansible_collections.pgfleet.pitr.plugins.modules.{name}")
    seen: dict[str, Any] = {}

    def note(_action: Any, **given: Any) -> None:
        seen.update(given)
        raise SpecSeen

    monkeypatch.setattr(module, "run", note)
    with pytest.raises(SpecSeen):
        module.main()
    return seen["argument_spec"], seen.get("supports_check_mode", True)
