# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.console.messages import complain, say
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed


@pytest.mark.parametrize(
    ("error", "about", "said"),
    [
        (Failed("it broke", code="command-failed"), "", "pgpitr: it broke [command-failed]\n"),
        (Failed("it broke", code="x", hint="Mend it."), "db1", "pgpitr: db1: it broke [x]\nHINT: Mend it.\n"),
        (OSError(28, "No space left on device"), "", "pgpitr: [Errno 28] No space left on device [system-error]\n"),
    ],
)
def test_error_is_one_line_and_its_hint(
    error: Failed | OSError, about: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    complain(error, about=about)
    assert capfd.readouterr().err == said


def test_name_that_is_no_text_is_said_as_its_bytes(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    say(os.fsdecode(b"/srv/\xff"))
    assert capfdbinary.readouterr().err == b"/srv/\xff\n"
