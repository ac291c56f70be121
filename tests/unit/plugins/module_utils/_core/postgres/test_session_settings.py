# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that a session begins with."""

from __future__ import annotations

import re

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.session_settings import (
    CHECK_SESSION,
    OWN_SESSION,
    session_options,
)


@pytest.mark.parametrize("session", [CHECK_SESSION, OWN_SESSION])
@pytest.mark.parametrize(
    ("version", "timeouts"),
    [(13, []), (15, ["idle_session_timeout"]), (18, ["idle_session_timeout", "transaction_timeout"])],
)
def test_libpq_splits_the_options_where_they_end(session: dict[str, str], version: int, timeouts: list[str]) -> None:
    # As pg_split_opts does in PostgreSQL's postinit.c.
    words = [word.replace("\\ ", " ") for word in re.split(r"(?<!\\) ", session_options(session, version=version))]
    assert words[::2] == ["-c"] * (len(session) + len(timeouts))
    assert words[1::2] == [
        *(f"{name}={value}" for name, value in session.items()),
        *(f"{name}=0" for name in timeouts),
    ]


def test_names_mean_first_what_postgresql_brings_along_and_last_what_the_session_made() -> None:
    assert CHECK_SESSION["search_path"].split(",") == ["pg_catalog", "public", "pg_temp"]
    assert OWN_SESSION["search_path"] == "pg_catalog"
