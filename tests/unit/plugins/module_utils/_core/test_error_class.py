# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The class of an error that another process has told of."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core import errors
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.error_class import error_class


@pytest.mark.parametrize("name", errors.__all__)
def test_every_class_is_found_by_its_name(name: str) -> None:
    assert error_class(name) is getattr(errors, name)


@pytest.mark.parametrize("name", ["", "KeyError", "annotations", "__all__"])
def test_nothing_else_is(name: str) -> None:
    assert error_class(name) is errors.PitrError
