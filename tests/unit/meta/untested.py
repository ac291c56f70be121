# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that decide something and have no unit tests of their own, by the reason; nothing else may be here."""

from __future__ import annotations

UNTESTED = {
    "a command of the program: integration tests call the installed one": (
        "_agent/main.py",
        "_agent/push.py",
        "_agent/standby.py",
        "_agent/unpin.py",
        "_agent/usage.py",
        "_agent/verify.py",
    ),
    "an adapter of a module: integration tests run the module on real servers": (
        "_ansible/backup_expire.py",
        "_ansible/backup_info.py",
        "_ansible/backup_verify.py",
        "_ansible/base_backup.py",
        "_ansible/bundle/sources.py",
        "_ansible/cluster.py",
        "_ansible/cluster_facts.py",
        "_ansible/cluster_info.py",
        "_ansible/recovery.py",
        "_ansible/repository.py",
        "_ansible/restore_point.py",
        "_ansible/retention.py",
        "_ansible/rollback.py",
        "_ansible/wal_archive.py",
        "_ansible/wal_archive_info.py",
    ),
    "it wraps the operating system or files of a repository: the tests of its callers use the real ones": (
        "_core/repository/cluster_document.py",
        "_io/catalogue/manifest_file.py",
        "_io/host/machine.py",
        "_io/host/parent_death.py",
        "_io/repository/backup_hold.py",
        "_io/repository/backup_lock.py",
        "_io/repository/writers.py",
        "_io/storage/file_identity.py",
        "_io/storage/file_lease.py",
        "_io/storage/file_put.py",
        "_io/storage/place.py",
        "_io/storage/port.py",
        "_io/storage/read_error.py",
        "_io/storage/removal.py",
        "_io/storage/write_errors.py",
        "_io/stream/library_reader.py",
        "_io/stream/lz4_library.py",
        "_io/stream/tar_digest.py",
        "_io/stream/zstd_library.py",
        "_io/wal/checksum_file.py",
        "_io/wal/expired.py",
        "_io/wal/stored_file.py",
        "_operations/retention/survey.py",
        "_operations/retention/wal_removal.py",
    ),
    "it talks to a server: integration tests run it with real ones of each version": (
        "_io/postgres/psql_server.py",
        "_io/postgres/psql_session.py",
        "_io/postgres/server_process.py",
        "_io/postgres/service_pg_ctl.py",
        "_io/postgres/service_systemd.py",
    ),
    "steps on a real cluster: integration tests run them, and kill them in the middle": (
        "_operations/backup/base_backup.py",
        "_operations/restore/execution.py",
    ),
}
