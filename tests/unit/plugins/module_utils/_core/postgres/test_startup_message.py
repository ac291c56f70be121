# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import struct

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.startup_message import (
    ServerRefusal,
    read_answer,
    replication_startup,
)


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


AUTHENTICATED = message(b"R", struct.pack("!I", 0))
PASSWORD_WANTED = message(b"R", struct.pack("!I", 10) + b"SCRAM-SHA-256\0\0")
PARAMETER = message(b"S", b"TimeZone\0UTC\0")
READY = message(b"Z", b"I")
REFUSED = message(b"E", b"SFATAL\0VFATAL\0C28000\0Mkein pg_hba.conf-Eintrag\0Fauth.c\0\0")


def test_startup_message_has_its_own_length() -> None:
    sent = replication_startup("chief")
    assert struct.unpack("!II", sent[:8]) == (len(sent), 196608)
    assert b"\0replication\0true\0" in sent
    assert sent.endswith(b"\0\0")


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        pytest.param(b"", None, id="nothing yet"),
        pytest.param(AUTHENTICATED, None, id="authenticated, not ready yet"),
        pytest.param(AUTHENTICATED + PARAMETER + READY, True, id="ready"),
        pytest.param(PASSWORD_WANTED, True, id="a password is wanted"),
        pytest.param(REFUSED, ServerRefusal("28000", "kein pg_hba.conf-Eintrag"), id="refused in another language"),
        pytest.param(REFUSED[:20], None, id="half a refusal"),
        pytest.param(
            AUTHENTICATED + message(b"E", b"C42501\0Mno\0\0"), ServerRefusal("42501", "no"), id="refused after all"
        ),
    ],
)
def test_answer(received: bytes, expected: object) -> None:
    assert read_answer(received) == expected
