# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One object storage for all tests of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.seaweed import Seaweed


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """A running server."""
    made = Seaweed(tmp_path_factory.mktemp("seaweed"))
    yield made.start()
    made.discard()
