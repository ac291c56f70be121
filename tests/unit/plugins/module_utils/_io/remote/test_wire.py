# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors that another host tells of."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Busy, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.wire import pack, pack_error, unpack_error


@pytest.mark.parametrize(
    "error",
    [Busy("held by 'x'", code="backup-running", hint="Wait.", holder="{}"), OSError(28, "No space left", "/srv")],
)
def test_error_comes_back_as_it_was_told(error: PitrError | OSError) -> None:
    back = unpack_error(pack_error(error))
    assert (type(back), str(back)) == (type(error), str(error))
    for name in ("code", "hint", "holder", "errno"):
        assert getattr(back, name, None) == getattr(error, name, None)


def test_words_of_another_host_move_no_cursor_and_have_an_end() -> None:
    told = unpack_error(pack(("Refused", "x" * 9999, "\x1b[2Jall is well\nERROR:  not so", "h" * 99999, "")))
    assert isinstance(told, PitrError)
    assert told.message == "?[2Jall is well?ERROR:  not so"
    assert len(told.hint) <= 2000 and len(told.code) <= 60


@pytest.mark.parametrize("number", ["", "\u00b2", "-5", "9" * 5000, "99999"])
def test_error_number_that_is_none_is_zero(number: str) -> None:
    told = unpack_error(pack(("OSError", number, "it failed", "/srv", "")))
    assert isinstance(told, OSError)
    assert told.errno == 0


@pytest.mark.parametrize("kind", ["KeyError", "__all__", "annotations", "", "Busy\n"])
def test_error_of_an_unknown_class_is_one_of_ours(kind: str) -> None:
    told = unpack_error(pack((kind, "some-code", "it failed")))
    assert told.__class__.__name__ == "PitrError"
