# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes this checkout importable as `ansible_collections.pgfleet.pitr`, with or without Ansible, on Python 3.9 too."""

from __future__ import annotations

import sys
import types
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def _provide_package(name: str, search_path: list[str]) -> None:
    package = types.ModuleType(name)
    package.__path__ = search_path
    sys.modules[name] = package
    parent, _dot, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, package)


if "ansible_collections" not in sys.modules:
    _provide_package("ansible_collections", [])
    _provide_package("ansible_collections.pgfleet", [])
    _provide_package("ansible_collections.pgfleet.pitr", [str(CHECKOUT)])
