# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that a session begins with."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.session_settings import (
    CHECK_SESSION,
    OWN_SESSION,
    session_options,
)


@pytest.mark.parametrize("session", [CHECK_SESSION, OWN_SESSION])
def test_libpq_splits_the_options_where_they_end(session: dict[str, str]) -> None:
    words = session_options(session).split(" ")
    assert words[::2] == ["-c"] * len(session)
    assert words[1::2] == [f"{name}={value}" for name, value in session.items()]


def test_names_mean_first_what_postgresql_brings_along_and_last_what_the_session_made() -> None:
    assert CHECK_SESSION["search_path"].split(",") == ["pg_catalog", "public", "pg_temp"]
    assert OWN_SESSION["search_path"] == "pg_catalog"
