# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords in text of others are hidden, and what is about passwords is not."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.redaction import redacted


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("FATAL: host=db user=copy password=hunter2 port=5432", id="a connection string"),
        pytest.param(
            "primary_conninfo = 'host=db password=''hunter2 and more'' port=1'", id="a quoted one in a setting"
        ),
        pytest.param('LOG:  parameter "primary_conninfo" changed to "host=db password=hunter2"', id="a reload's log"),
        pytest.param("PGPASSWORD=hunter2 psql", id="an environment"),
        pytest.param("STATEMENT:  ALTER ROLE a PASSWORD 'hunter2'", id="a statement in the log"),
        pytest.param("create user a password E'it\\'s hunter2'", id="an escaped text"),
        pytest.param("alter role a password $x$hunter2$x$", id="a dollar-quoted text"),
        pytest.param("could not reach postgresql://copy:hunter2@db/postgres", id="a URI"),
        pytest.param("AWS_SECRET_ACCESS_KEY=hunter2 aws s3 cp", id="a key"),
        pytest.param("ssl_passphrase_command = 'echo hunter2'", id="a passphrase"),
    ],
)
def test_secret_is_hidden(text: str) -> None:
    assert "hunter2" not in redacted(text)
    assert "********" in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        'FATAL:  password authentication failed for user "copy"',
        "fe_sendauth: no password supplied",
        "connection to https://db:5432/x@y failed",
        "SELECT count(*) FROM secret_orders WHERE number = 5",
    ],
)
def test_text_without_a_secret_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text
