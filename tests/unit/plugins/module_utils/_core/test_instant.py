# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.instant import format_instant, parse_instant


def test_moment_survives_the_round_trip_in_utc() -> None:
    moment = datetime(2026, 9, 15, 14, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    assert format_instant(moment) == "2026-09-15T12:30:00.123456Z"
    assert parse_instant(format_instant(moment)) == moment


def test_moment_without_an_offset_is_a_bug() -> None:
    with pytest.raises(ValueError, match="offset"):
        format_instant(datetime(2026, 9, 15, tzinfo=timezone.utc).replace(tzinfo=None))
