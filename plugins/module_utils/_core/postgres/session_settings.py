# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that a session begins with, whatever the database and the role would give it.

The owner of a database sets what its sessions begin with (``ALTER DATABASE … SET``). What a client asks for as it
connects counts more (GucSource in src/include/utils/guc.h).
"""

from __future__ import annotations

from collections.abc import Mapping

_NOBODY_ELSES = {"role": "none", "local_preload_libraries": ""}

# Names in the product's own statements mean what PostgreSQL brings along.
OWN_SESSION: Mapping[str, str] = {**_NOBODY_ELSES, "search_path": "pg_catalog", "TimeZone": "UTC"}
# A check reads tables of the schema public without its name. Where a policy would hide rows it fails, rather than
# count less than there is.
CHECK_SESSION: Mapping[str, str] = {
    **_NOBODY_ELSES,
    "search_path": "pg_catalog,public,pg_temp",
    "default_transaction_read_only": "on",
    "row_security": "off",
}


def session_options(settings: Mapping[str, str | int]) -> str:
    """The settings as libpq's parameter ``options`` takes them; no value may have a blank.

    >>> session_options({"role": "none", "statement_timeout": 1000})
    '-c role=none -c statement_timeout=1000'
    """
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


__all__ = ("CHECK_SESSION", "OWN_SESSION", "session_options")
