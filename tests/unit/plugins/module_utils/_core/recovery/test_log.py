# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reason is not hidden behind logins that were refused."""

from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.log import without_refused_logins

LINES = [
    "2026-11-22 16:27:15.342 UTC [25250] LOG:  starting archive recovery",
    "2026-11-22 16:27:15.350 UTC [25251] FATAL:  the database system is starting up",
    "2026-11-22 16:27:15.351 UTC [25252] FATAL:  the database system is not yet accepting connections",
    "2026-11-22 16:27:15.351 UTC [25252] DETAIL:  Consistent recovery state has not been yet reached.",
    "2026-11-22 16:27:15.352 UTC [25253] FATAL:  the database system is not accepting connections",
    "2026-11-22 16:27:15.352 UTC [25253] DETAIL:  Hot standby mode is disabled.",
    '2026-11-22 16:27:15.369 UTC [25250] FATAL:  could not restore file "000000010000000000000003" from archive',
]


def test_refused_logins_are_left_out() -> None:
    assert without_refused_logins(LINES) == [LINES[0], LINES[-1]]
