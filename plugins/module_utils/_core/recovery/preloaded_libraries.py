# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries in ``shared_preload_libraries`` that act by themselves, and how a copy keeps them off.

A library that is not known stays: the WAL may need its resource manager, and the tables its access method.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

SETTING = "shared_preload_libraries"


@dataclass(frozen=True)
class ActingLibrary:
    """A library whose background workers act without being asked; ``acts`` completes the sentence "it …".

    It is left out of the list, or stays with ``settings`` that keep it off. ``needed`` says why it can be neither, so
    that the user has to decide.
    """

    acts: str
    settings: Mapping[str, str] = field(default_factory=dict)
    needed: str = ""


# To add one: its name without directory and ".so". Sources: the documentation and source of each. The launcher of
# timescaledb ends where it may have no worker at all (src/loader/bgw_launcher.c), and its tables cannot be read without
# the library. Spock has a WAL resource manager (src/spock_rmgr.c), without which the recovery would stop.
ACTING: Mapping[str, ActingLibrary] = {
    "bdr": ActingLibrary("connects to the other nodes of its group", needed="the WAL may need it"),
    "citus": ActingLibrary("ends transactions on its workers", needed="distributed tables look empty without it"),
    "pg_cron": ActingLibrary("runs its jobs"),
    "pg_failover_slots": ActingLibrary("connects to the primary for its slots"),
    "pg_net": ActingLibrary("sends HTTP requests"),
    "pg_partman_bgw": ActingLibrary("makes and drops partitions"),
    "pg_squeeze": ActingLibrary("rewrites tables"),
    "pg_task": ActingLibrary("runs its tasks"),
    "pgautofailover": ActingLibrary("directs the nodes that it monitors"),
    "pglogical": ActingLibrary("connects to the providers of its subscriptions"),
    "spock": ActingLibrary("connects to its other nodes", needed="its WAL cannot be replayed without it"),
    "timescaledb": ActingLibrary("runs its jobs", {"timescaledb.max_background_workers": "0"}),
}

# Those that only watch, answer or check what a session does.
QUIET = frozenset(
    (
        "anon",
        "auth_delay",
        "auto_explain",
        "credcheck",
        "passwordcheck",
        "pg_hint_plan",
        "pg_prewarm",
        "pg_qualstats",
        "pg_stat_kcache",
        "pg_stat_monitor",
        "pg_stat_statements",
        "pg_store_plans",
        "pg_wait_sampling",
        "pgaudit",
        "pgsodium",
        "plpgsql",
        "plpgsql_check",
        "plprofiler",
        "powa",
        "repmgr",
        "safeupdate",
        "sepgsql",
        "set_user",
        "supautils",
    )
)

_ITEM = re.compile(r'\s*("(?:[^"]|"")*"|[^,]*?)\s*(?:,|$)')


def acting_in(value: str) -> dict[str, ActingLibrary]:
    """The libraries in the setting's value that act by themselves, by name.

    >>> list(acting_in('pg_stat_statements, "$libdir/pg_cron"'))
    ['pg_cron']
    """
    return {name: ACTING[name] for name in map(_name, _items(value)) if name in ACTING}


def unknown_in(value: str) -> tuple[str, ...]:
    """The libraries of which nothing is known, by name."""
    return tuple(name for name in map(_name, _items(value)) if name not in ACTING and name not in QUIET)


def without_acting(value: str) -> str:
    """The value without the libraries that are left out of a copy.

    >>> without_acting('timescaledb, pg_cron, "$libdir/auto_explain"')
    'timescaledb, "$libdir/auto_explain"'
    """
    return ", ".join(item for item in _items(value) if not is_left_out(_name(item)))


def is_left_out(name: str) -> bool:
    """Whether a copy does not load this library."""
    known = ACTING.get(name)
    return known is not None and not known.settings and not known.needed


def _items(value: str) -> list[str]:
    return [item for item in _ITEM.findall(value) if item]


def _name(item: str) -> str:
    """The library's name: PostgreSQL takes one with a directory and with ``.so``, too."""
    bare = item[1:-1].replace('""', '"') if item.startswith('"') else item
    return bare.rpartition("/")[2].removesuffix(".so")


__all__ = ("ACTING", "QUIET", "SETTING", "ActingLibrary", "acting_in", "is_left_out", "unknown_in", "without_acting")
