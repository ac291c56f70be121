# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about PostgreSQL's settings by version, as data: no other file compares versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

POSTMASTER = "postmaster"
SIGHUP = "sighup"
USER = "user"

BOOLEAN = "bool"
INTEGER = "integer"
ENUM = "enum"
TEXT = "string"


@dataclass(frozen=True)
class Setting:
    """A setting: ``context`` and ``kind`` as in ``pg_settings``, ``unit`` of numbers without one.

    ``since`` and ``until`` are the first and the last major version that has it; ``until`` is ``None`` for a setting
    that still exists, ``since`` is never less than the oldest supported version.
    """

    name: str
    context: str
    kind: str
    unit: str = ""
    since: int = 14
    until: int | None = None

    @property
    def needs_restart(self) -> bool:
        """Whether a new value takes effect only after a restart."""
        return self.context == POSTMASTER

    def exists_in(self, version: int) -> bool:
        """Whether a major version has it."""
        return self.since <= version and (self.until is None or version <= self.until)


# Source: PostgreSQL's manual, "Server Configuration", and src/backend/utils/misc/guc_tables.c of each version.
_ALL = (
    Setting("archive_mode", POSTMASTER, ENUM),
    Setting("archive_command", SIGHUP, TEXT),
    Setting("archive_library", SIGHUP, TEXT, since=15),
    Setting("archive_timeout", SIGHUP, INTEGER, unit="s"),
    Setting("wal_level", POSTMASTER, ENUM),
    Setting("max_wal_senders", POSTMASTER, INTEGER),
    Setting("summarize_wal", SIGHUP, BOOLEAN, since=17),
    Setting("wal_summary_keep_time", SIGHUP, INTEGER, unit="min", since=17),
    Setting("full_page_writes", SIGHUP, BOOLEAN),
    Setting("hot_standby", POSTMASTER, BOOLEAN),
    Setting("max_connections", POSTMASTER, INTEGER),
    Setting("max_worker_processes", POSTMASTER, INTEGER),
    Setting("max_prepared_transactions", POSTMASTER, INTEGER),
    Setting("max_locks_per_transaction", POSTMASTER, INTEGER),
    Setting("restore_command", SIGHUP, TEXT),
    Setting("archive_cleanup_command", SIGHUP, TEXT),
    Setting("recovery_end_command", SIGHUP, TEXT),
    Setting("recovery_target", POSTMASTER, TEXT),
    Setting("recovery_target_action", POSTMASTER, ENUM),
    Setting("recovery_target_inclusive", POSTMASTER, BOOLEAN),
    Setting("recovery_target_lsn", POSTMASTER, TEXT),
    Setting("recovery_target_name", POSTMASTER, TEXT),
    Setting("recovery_target_time", POSTMASTER, TEXT),
    Setting("recovery_target_timeline", POSTMASTER, TEXT),
    Setting("recovery_target_xid", POSTMASTER, TEXT),
    Setting("primary_conninfo", SIGHUP, TEXT),
    Setting("primary_slot_name", SIGHUP, TEXT),
    Setting("promote_trigger_file", SIGHUP, TEXT, until=15),
    Setting("sync_replication_slots", SIGHUP, BOOLEAN, since=17),
    Setting("synchronized_standby_slots", SIGHUP, TEXT, since=17),
    Setting("synchronous_standby_names", SIGHUP, TEXT),
    Setting("max_logical_replication_workers", POSTMASTER, INTEGER),
    Setting("shared_preload_libraries", POSTMASTER, TEXT),
    Setting("bonjour", POSTMASTER, BOOLEAN),
    Setting("external_pid_file", POSTMASTER, TEXT),
    Setting("log_directory", SIGHUP, TEXT),
    Setting("stats_temp_directory", SIGHUP, TEXT, until=14),
    Setting("ssl_passphrase_command", SIGHUP, TEXT),
    Setting("recovery_min_apply_delay", SIGHUP, INTEGER, unit="ms"),
    Setting("unix_socket_directories", POSTMASTER, TEXT),
    Setting("port", POSTMASTER, INTEGER),
    Setting("wal_compression", USER, ENUM),
)

SETTINGS: Mapping[str, Setting] = {setting.name: setting for setting in _ALL}

HOT_STANDBY_SETTINGS = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
)
"""The settings that must not be lower in a hot standby than in the server that wrote the WAL."""

FILE_SETTINGS = (
    "krb_server_keyfile",
    "ssl_ca_file",
    "ssl_cert_file",
    "ssl_crl_dir",
    "ssl_crl_file",
    "ssl_dh_params_file",
    "ssl_key_file",
)
"""The settings that name a file, or a directory of files, that the server reads; relative to the data directory."""

RECOVERY_TARGET_SETTINGS = tuple(name for name in SETTINGS if name.startswith("recovery_target"))
"""The settings that determine where a recovery ends."""

# The first major version with each feature of the server and its programs that is not a setting.
SERVER_COMPRESSION_SINCE = 15
START_TRIAL_SINCE = 15
INCREMENTAL_BACKUP_SINCE = 17
VERIFY_TAR_SINCE = 18

# The oldest and the newest major version that this collection supports.
OLDEST_VERSION = 14
NEWEST_VERSION = 18


def settings_in(version: int) -> Mapping[str, Setting]:
    """The settings that a major version has."""
    return {name: setting for name, setting in SETTINGS.items() if setting.exists_in(version)}


__all__ = (
    "BOOLEAN",
    "ENUM",
    "FILE_SETTINGS",
    "HOT_STANDBY_SETTINGS",
    "INCREMENTAL_BACKUP_SINCE",
    "INTEGER",
    "NEWEST_VERSION",
    "OLDEST_VERSION",
    "POSTMASTER",
    "RECOVERY_TARGET_SETTINGS",
    "SERVER_COMPRESSION_SINCE",
    "SETTINGS",
    "SIGHUP",
    "START_TRIAL_SINCE",
    "TEXT",
    "USER",
    "VERIFY_TAR_SINCE",
    "Setting",
    "settings_in",
)
