# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A base backup that can't succeed is refused with a reason; one that is killed leaves nothing that looks like one."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from support.archiving import archive, install_agent, repository_options, tree_digest
from support.backups_at_work import backups_in, running_pg_basebackup


@pytest.fixture
def options(workbench, cluster, repository):
    return archive(workbench, cluster, repository=repository)


class SlowBackup:
    """A base backup that is in its middle: it runs at 32 KiB/s in a thread."""

    def __init__(self, workbench, cluster, options, repository):
        self.failed = None
        slow = {**options, "max_rate_kib": 32, "compression": "none", "type": "full"}

        def take():
            self.failed = workbench.run_module("base_backup", slow, expect_failure=True)

        self.thread = threading.Thread(target=take)
        self.thread.start()
        cluster.wait_until(lambda: running_pg_basebackup(repository) is not None, what="pg_basebackup runs")
        self.pg_basebackup, self.module = running_pg_basebackup(repository)
        archives = repository / "db1" / "backups"
        begun = {path.parent for path in archives.glob("*-full/backup.json")}
        cluster.wait_until(
            lambda: any(path.parent not in begun for path in archives.glob("*-full/base.tar")),
            what="an archive is being written",
        )

    def join(self):
        self.thread.join(60)
        assert not self.thread.is_alive()
        return self.failed


@pytest.mark.versions(18)
def test_killed_in_the_middle(workbench, cluster, options, run_module, repository):
    labels = []
    for victim in ("module", "pg_basebackup", "server"):
        kill_in_the_middle(workbench, cluster, options, repository, victim)
        told = run_module("backup_info", {key: options[key] for key in ("name", "repository_path")})
        assert [backup["label"] for backup in told["clusters"][0]["backups"]] == labels
        assert told["clusters"][0]["running_backup"] is None

        labels.append(run_module("base_backup", {**options, "type": "full"})["backup"]["label"])
        assert backups_in(repository) == labels
        left = sorted(path.name for path in (repository / "db1" / "backups").iterdir())
        assert left == [".lock", *labels]


def kill_in_the_middle(workbench, cluster, options, repository, victim):
    """Begin a backup and kill the victim; the backup fails, nothing of it goes on, and the server runs."""
    before = backups_in(repository)
    slow = SlowBackup(workbench, cluster, options, repository)
    told = workbench.run_module("backup_info", {key: options[key] for key in ("name", "repository_path")})
    assert told["clusters"][0]["running_backup"]["label"].endswith("-full")

    if victim == "server":
        cluster.crash()
    else:
        os.kill(slow.module if victim == "module" else slow.pg_basebackup, signal.SIGKILL)
    failed = slow.join()

    # Nothing goes on alone.
    cluster.wait_until(lambda: running_pg_basebackup(repository) is None, what="pg_basebackup is gone")
    assert backups_in(repository) == before
    if victim == "server":
        assert failed.code == "server-down"
        cluster.start()
    if victim == "pg_basebackup":
        assert failed.code == "base-backup-killed"
        assert "signal 9" in failed["msg"]


@pytest.mark.versions(15)
def test_a_second_backup_at_once_and_a_time_limit(workbench, options, run_module, repository):
    with open(repository / "db1" / "backups" / ".lock", "wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert run_module("base_backup", options, expect_failure=True).code == "backup-running"
        assert run_module("base_backup", options, expect_failure=True, check=True).code == "backup-running"
    (repository / "db1" / "backups" / ".lock").unlink()
    slow = {**options, "max_rate_kib": 32, "timeout_seconds": 3}
    assert run_module("base_backup", slow, expect_failure=True).code == "backup-timeout"
    assert backups_in(repository) == []


def refused(run_module, options, code, **changes):
    """A run and its rehearsal fail with this code, a message and a hint; nothing is written."""
    before = tree_digest(Path(options["repository_path"]))
    for check in (True, False):
        failed = run_module("base_backup", {**options, **changes}, expect_failure=True, check=check)
        assert failed.code == code
        assert failed["hint"]
    assert tree_digest(Path(options["repository_path"])) == before
    return failed["msg"], failed["hint"]


@pytest.mark.versions(18)
def test_what_is_refused_before_it_begins(workbench, cluster, options, run_module, repository):
    cluster.sql("CREATE ROLE weak LOGIN; GRANT pg_read_all_settings, pg_read_all_stats, pg_monitor TO weak")
    message, hint = refused(run_module, options, "replication-denied", login_user="weak")
    assert "weak" in message and "REPLICATION" in hint
    refused(run_module, options, "repository-missing", repository_path=str(repository / "none"))
    refused(run_module, options, "repository-not-mounted", repository_mount_point="/etc")
    refused(run_module, options, "cluster-unknown", name="db2")
    code = "incremental-unsupported" if cluster.version < 17 else "parent-missing"
    refused(run_module, options, code, type="incremental")
    refused(run_module, options, "option-out-of-range", max_age_seconds=-1)
    refused(run_module, options, "option-out-of-range", max_rate_kib=1)
    refused(run_module, options, "option-out-of-range", full_every_days=-1)
    refused(run_module, options, "data-directory-missing", data_directory="/nowhere")
    refused(run_module, options, "port-differs", port=1)

    hba = cluster.data / "pg_hba.conf"
    text = hba.read_text()
    hba.write_text("local replication all reject\n" + text)
    cluster.reload()
    cluster.wait_until(lambda: "reject" in str(cluster.sql("SELECT auth_method FROM pg_hba_file_rules")), what="reload")
    message, hint = refused(run_module, options, "hba-refused")
    assert "local replication" in hint and str(hba) in hint
    hba.write_text(text)
    cluster.reload()

    identity = repository / "db1" / "cluster.json"
    known = identity.read_text()
    identity.write_text(known.replace(cluster.system_identifier(), "7000000000000000000"))
    refused(run_module, options, "repository-foreign")
    identity.write_text(known.replace(str(cluster.data), "/another/copy"))
    refused(run_module, options, "writer-unknown")
    identity.write_text(known)

    cluster.stop()
    refused(run_module, options, "server-down")


@pytest.mark.versions(15)
def test_archiving_must_work(workbench, cluster, options, run_module, repository):
    cluster.sql("ALTER SYSTEM SET archive_command = '/bin/false'")
    cluster.reload()
    cluster.wait_until(lambda: cluster.value("SHOW archive_command") == "/bin/false", what="reload")
    refused(run_module, options, "archive-command-foreign")
    cluster.sql("ALTER SYSTEM SET archive_command = ''")
    cluster.reload()
    shown = "SELECT setting FROM pg_settings WHERE name = 'archive_command'"
    cluster.wait_until(lambda: cluster.value(shown) == "", what="reload")
    refused(run_module, options, "archiving-off")
    cluster.sql("ALTER SYSTEM RESET archive_command")
    cluster.reload()

    cluster.wait_until(lambda: cluster.value(shown) != "", what="reload")
    program = Path(options["agent_path"])
    away = program.rename(program.with_suffix(".away"))
    refused(run_module, options, "agent-missing")
    away.rename(program)
    fail_to_archive(program)
    cluster.switch_segment()
    failing = "SELECT last_failed_wal FROM pg_stat_archiver"
    cluster.wait_until(lambda: bool(cluster.value(failing)), what="archiving fails")
    message, _unused = refused(run_module, options, "archiver-failing")
    assert cluster.value(failing) in message


def fail_to_archive(program):
    """Put a program in the place of ours that stores nothing."""
    program.unlink()
    program.write_text('#!/bin/sh\n[ "$1" = archive-push ] && { echo "pgpitr: no room [test]" >&2; exit 1; }\nexit 0\n')
    program.chmod(0o755)


@pytest.mark.versions(15)
def test_archive_that_fails_while_the_backup_waits_for_it(workbench, cluster, options, run_module, repository):
    """The server alone would wait for ever; the backup is given up with the archiver's own facts."""
    fail_to_archive(Path(options["agent_path"]))
    failed = run_module("base_backup", options, expect_failure=True)
    assert failed.code == "archiver-failing"
    assert "failures" in failed["msg"]
    assert backups_in(repository) == []


@pytest.mark.versions(15)
def test_no_replication_connection_is_free(make_cluster, workbench, repository, run_module):
    cluster = make_cluster(settings={"max_wal_senders": 1})
    options = archive(workbench, cluster, repository=repository, max_wal_senders=1)
    slow = SlowBackup(workbench, cluster, {**options, "name": "db1"}, repository)
    (repository / "db1" / "backups" / ".lock").unlink()
    failed = run_module("base_backup", options, expect_failure=True)
    assert failed.code == "wal-senders-full"
    os.kill(slow.pg_basebackup, signal.SIGKILL)
    slow.join()


@pytest.mark.versions(15)
def test_never_archived_cluster_is_refused(workbench, cluster, run_module, repository):
    options = repository_options(workbench, cluster, repository=repository)
    install_agent(workbench, options)
    failed = run_module("base_backup", options, expect_failure=True)
    assert failed.code in ("cluster-unknown", "repository-missing", "archiving-off")


@pytest.mark.versions(18)
def test_program_that_is_interrupted_leaves_nothing(cluster, options, repository):
    # The server waits with the backup's end for an archiver that is stopped.
    archiver = cluster.value("SELECT pid FROM pg_stat_activity WHERE backend_type = 'archiver'")
    argv = [options["agent_path"], "backup", "--cluster", "db1", "--config-directory", options["config_directory"]]
    archives, ended = repository / "db1" / "backups", {}
    os.kill(archiver, signal.SIGSTOP)
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen(
                argv,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                cwd="/",
                env=cluster.os_user.environment(),
                **cluster.os_user.popen_options(),
            )
            cluster.wait_until(lambda: any(archives.glob("*-full/base.tar*")), what="an archive is being written")
            process.send_signal(number)
            ended[number] = (process.communicate(timeout=60)[1], process.returncode)
            assert running_pg_basebackup(repository) is None
            left = sorted(str(path.relative_to(archives)) for path in archives.rglob("*"))
            assert left == [".lock"], ended
    finally:
        os.kill(archiver, signal.SIGCONT)

    hint = "HINT: Run it again: what it had begun is removed.\n"
    assert ended == {
        signal.SIGINT: (f"pgpitr: interrupted by SIGINT [interrupted]\n{hint}", 130),
        signal.SIGTERM: (f"pgpitr: interrupted by SIGTERM [interrupted]\n{hint}", 143),
    }
