# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the pure code's docstrings are true."""

from __future__ import annotations

import doctest
import importlib

import pytest
from sources import UTILS

CORE = UTILS / "_core"
NAMES = sorted(".".join(path.relative_to(CORE).with_suffix("").parts) for path in CORE.rglob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_examples_in_docstrings_are_true(name):
    module = importlib.import_module(f"ansible_collections.pgfleet.pitr.plugins.module_utils._core.{name}")

    assert doctest.testmod(module).failed == 0
