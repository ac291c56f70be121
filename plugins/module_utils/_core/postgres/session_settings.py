# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that a session begins with, whatever the database and the role would give it.

The owner of a database sets what its sessions begin with (``ALTER DATABASE … SET``). What a client asks for as it
connects counts more (GucSource in src/include/utils/guc.h).
"""

from __future__ import annotations

from collections.abc import Mapping

# A hot standby, which a recovering server is, runs nothing as serializable.
_NOBODY_ELSES = {
    "role": "none",
    "local_preload_libraries": "",
    "default_transaction_isolation": "read committed",
    "idle_in_transaction_session_timeout": "0",
}
# What ends the sessions of applications must not end one that waits for a backup; by the first version that has it.
_OTHER_TIMEOUTS = (("idle_session_timeout", 14), ("transaction_timeout", 17))

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


def session_options(settings: Mapping[str, str | int], *, version: int) -> str:
    """The settings as libpq's parameter ``options`` takes them, with the timeouts off that this version has.

    >>> session_options({"role": "none", "default_transaction_isolation": "read committed"}, version=15)
    '-c role=none -c default_transaction_isolation=read\\\\ committed -c idle_session_timeout=0'
    """
    timeouts = {name: 0 for name, since in _OTHER_TIMEOUTS if version >= since}
    return " ".join(f"-c {name}={_escaped(str(value))}" for name, value in {**settings, **timeouts}.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


__all__ = ("CHECK_SESSION", "OWN_SESSION", "session_options")
