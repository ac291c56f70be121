# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Incremental backups: taken where they can be, and where not, a full one or a refusal says why."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
from support.archiving import archive, tree_digest
from support.chains import combined_by_postgresql
from support.fake_programs import with_pg_basebackup

pytestmark = pytest.mark.versions(18)


@pytest.fixture
def options(workbench, cluster, repository):
    return archive(workbench, cluster, repository=repository)


def record_of(repository, run):
    """What the repository recorded of the backup that a run took."""
    return json.loads((repository / "db1" / "backups" / run["backup"]["label"] / "backup.json").read_text())


def start_copy(cluster, combined, *, options):
    """Let a copy recover to the end of its backup, on the port of its stopped original."""
    cluster.stop()
    get = f"{options['agent_path']} archive-get --cluster db1 --config-directory {options['config_directory']} %f %p"
    with (combined / "postgresql.auto.conf").open("a", encoding="utf-8") as stream:
        stream.write(f"archive_mode = off\nrestore_command = '{get}'\n")
        stream.write("recovery_target = immediate\nrecovery_target_action = promote\n")
    cluster.os_user.run(["touch", combined / "recovery.signal"])
    cluster.data = combined
    cluster.start()
    cluster.wait_until(lambda: not cluster.value("SELECT pg_is_in_recovery()"), what="the copy is open")


def test_a_chain_is_taken_recorded_and_restorable(workbench, cluster, options, run_module, repository):
    cluster.sql(f"CREATE TABLESPACE fast LOCATION '{workbench.make_directory('space')}'")
    cluster.sql("CREATE TABLE big AS SELECT i, repeat(md5(i::text), 10) AS x FROM generate_series(1, 3000) AS i")
    cluster.sql("CREATE TABLE there TABLESPACE fast AS SELECT * FROM big")
    full = run_module("base_backup", options)
    assert (full["type"], full["parent"], full["reason"]) == ("full", None, "there is no usable backup of timeline 1")

    cluster.sql("UPDATE big SET x = 'one' WHERE i = 1; UPDATE there SET x = 'one' WHERE i = 1")
    before = tree_digest(repository)
    predicted = run_module("base_backup", options, check=True)
    assert tree_digest(repository) == before
    first = run_module("base_backup", options)
    cluster.sql("UPDATE there SET x = 'two' WHERE i = 2000; CREATE TABLE new AS SELECT 1 AS i")
    second = run_module("base_backup", {**options, "type": "incremental", "max_incrementals": 1})

    labels = [run["backup"]["label"] for run in (full, first, second)]
    assert predicted.changed and not predicted["taken"]
    for run in (predicted, first):
        assert (run["type"], run["parent"]) == ("incremental", labels[0])
        assert run["reason"] == f"it builds on '{labels[0]}', as number 1 since the full backup '{labels[0]}'"
    assert f"take an incremental backup: {first['reason']}" in predicted["diff"]["after"]
    assert predicted["line"] == f"would take an incremental backup: {first['reason']}"
    assert first["line"].startswith(f"took {labels[1]} (") and first["line"].endswith(first["reason"])
    assert [record_of(repository, run)["parent"] for run in (full, first, second)] == [None, labels[0], labels[1]]
    assert labels[1].endswith("-incremental")
    assert max(first["stored_bytes"], second["stored_bytes"]) < full["stored_bytes"] / 2
    manifest = json.loads((repository / "db1" / "backups" / labels[1] / "backup_manifest").read_text())
    changed = [each["Path"] for each in manifest["Files"] if "/INCREMENTAL." in each["Path"]]
    assert any(path.startswith("pg_tblspc/") for path in changed)

    for wanted in ("auto", "full", "incremental"):
        again = run_module("base_backup", {**options, "type": wanted, "max_age_seconds": 3600})
        assert not again.changed and again["backup"] == second["backup"] and again["type"] is None
    limited = run_module("base_backup", {**options, "max_incrementals": 2}, check=True)
    assert limited["type"] == "full" and "has 2 incremental backups" in limited["reason"]

    combined, _spaces = combined_by_postgresql(workbench, cluster, repository, labels=labels)
    start_copy(cluster, combined, options=options)
    assert cluster.sql("SELECT (SELECT x FROM big WHERE i = 1), x FROM there WHERE i IN (1, 2000) ORDER BY i") == [
        ("one", "one"),
        ("one", "two"),
    ]
    assert cluster.value("SELECT count(*) FROM big JOIN there USING (i) JOIN new ON new.i = 1") == 3000


class Refusals:
    """Runs that refuse an incremental backup and, by themselves, would take a full one for the same reason."""

    def __init__(self, run_module, options, repository):
        self._run, self._options, self._backups = run_module, options, repository / "db1" / "backups"

    def expect(self, code, *words):
        """Both rehearse and run; nothing is written."""
        before = tree_digest(self._backups)
        for check in (True, False):
            asked = {**self._options, "type": "incremental"}
            failed = self._run("base_backup", asked, expect_failure=True, check=check)
            assert failed.code == code
            assert failed["hint"]
        chosen = self._run("base_backup", self._options, check=True)
        assert (chosen["type"], chosen["parent"]) == ("full", None)
        assert chosen["reason"] in failed["msg"]
        for word in words:
            assert word in chosen["reason"]
        assert tree_digest(self._backups) == before


def spoil(path):
    """Change a byte in the middle, and return what the file had."""
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :])
    return whole


def test_known_damage_is_named_until_a_full_backup_is_taken(cluster, options, run_module, repository):
    """Neither the full backup before, nor the chain up to the damaged link is built upon in silence."""
    refusals = Refusals(run_module, options, repository)
    run_module("base_backup", options)
    run_module("base_backup", {**options, "type": "full"})
    damaged = run_module("base_backup", options)["backup"]["label"]
    run_module("base_backup", options)
    (archived,) = (repository / "db1" / "backups" / damaged).glob("base.tar*")
    spoil(archived)
    asked = {key: options[key] for key in ("name", "repository_path", "bin_directory") if key in options}
    assert run_module("backup_verify", asked, expect_failure=True).code == "verification-failed"

    refusals.expect("chain-broken", f"'{damaged}'", archived.name, "verification found")
    instead = run_module("base_backup", {**options, "max_age_seconds": 3600})
    assert (instead["type"], instead["backup"]["type"]) == ("full", "full")
    assert damaged in instead["reason"]
    again = run_module("base_backup", {**options, "type": "incremental"})
    assert again["parent"] == instead["backup"]["label"]


def test_what_stands_in_the_way_is_told(cluster, options, run_module, repository):
    refusals = Refusals(run_module, options, repository)
    backups = repository / "db1" / "backups"
    full = run_module("base_backup", options)["backup"]["label"]
    middle = run_module("base_backup", options)["backup"]["label"]
    newest = run_module("base_backup", options)["backup"]["label"]

    manifest = backups / newest / "backup_manifest"
    text = manifest.read_bytes()
    manifest.write_bytes(text.replace(b"PG_VERSION", b"PG_VERSIOM"))
    refusals.expect("manifest-damaged", newest, "does not match its own checksum")
    manifest.write_bytes(text)
    manifest.rename(repository / "aside")
    refusals.expect("manifest-damaged", newest, "is missing")
    (repository / "aside").rename(manifest)
    spoiled = spoil(backups / full / "backup_manifest")
    refusals.expect("manifest-damaged", f"'{full}'", "does not match its own checksum")
    (backups / full / "backup_manifest").write_bytes(spoiled)

    (backups / middle).rename(repository / "aside")
    refusals.expect("chain-broken", f"'{newest}' builds on '{middle}'")
    (repository / "aside").rename(backups / middle)
    (archived,) = (backups / full).glob("base.tar*")
    archived.rename(repository / "aside")
    refusals.expect("chain-broken", f"'{full}'", archived.name)
    (repository / "aside").rename(archived)

    cluster.sql("ALTER SYSTEM SET summarize_wal = off")
    cluster.reload()
    cluster.wait_until(lambda: cluster.value("SHOW summarize_wal") == "off", what="summaries are off")
    refusals.expect("summarize-wal-off", "summarize_wal is off")
    cluster.sql("ALTER SYSTEM RESET summarize_wal")
    cluster.reload()
    asked = {**options, "type": "incremental"}
    cluster.wait_until(
        lambda: cluster.value("SELECT summarizer_pid IS NOT NULL FROM pg_get_wal_summarizer_state()"),
        what="they are on",
    )
    assert run_module("base_backup", asked)["parent"] == newest, "nothing is in the way any more"


def summarize(cluster, *, backup):
    """Write something, and wait until the server has a summary that begins behind the start of a backup."""
    cluster.sql("CREATE TABLE IF NOT EXISTS t AS SELECT 1 AS i")
    cluster.sql("INSERT INTO t VALUES (2)")
    cluster.sql("CHECKPOINT")
    end = f"SELECT count(*) FROM pg_available_wal_summaries() WHERE end_lsn > '{backup['start_lsn']}'"
    cluster.wait_until(lambda: cluster.value(end) > 0, what="the WAL since the backup is summarized")


def test_removed_summaries_and_a_promotion_lead_to_a_full_backup(cluster, options, run_module, repository):
    refusals = Refusals(run_module, options, repository)
    first = run_module("base_backup", options)["backup"]
    summarize(cluster, backup=first)
    for summary in (cluster.data / "pg_wal" / "summaries").iterdir():
        summary.unlink()
    refusals.expect("wal-summaries-missing", "have a gap")
    instead = run_module("base_backup", options)
    assert (instead["type"], instead["backup"]["type"]) == ("full", "full")
    assert "have a gap" in instead["reason"]
    again = run_module("base_backup", options)
    assert again["parent"] == instead["backup"]["label"]

    cluster.stop()
    cluster.start_as_standby()
    cluster.pg_ctl("promote", "-w")
    refusals.expect("parent-missing", "on timeline 2 since a recovery or promotion", "is of timeline 1")
    promoted = run_module("base_backup", options)
    assert (promoted["type"], promoted["backup"]["timeline"]) == ("full", 2)
    following = run_module("base_backup", options)
    assert following["parent"] == promoted["backup"]["label"]

    # PostgreSQL 18 makes clusters with checksums.
    cluster.stop()
    cluster.os_user.run([cluster.program("pg_checksums"), "--disable", "-D", cluster.data])
    cluster.start()
    refusals.expect("checksums-changed", "data checksums were turned off since")


# Somebody removes the summaries after everything was looked at; or the server refuses in words that nobody knows.
REMOVE_THEN_RUN = r"""
case "$*" in *--incremental=*)
  if [ -e 'DATA/unknown' ]; then cat 'DATA/unknown' >&2; exit 1; fi
  rm -f 'DATA'/pg_wal/summaries/*
esac
exec "$real" "$@"
"""
GERMAN = "pg_basebackup: Fehler: FEHLER:  WAL-Zusammenfassungen werden benötigt"


def test_what_comes_between_plan_and_backup(workbench, cluster, options, run_module, repository):
    summarize(cluster, backup=run_module("base_backup", options)["backup"])
    script = REMOVE_THEN_RUN.replace("DATA", str(cluster.data))
    racing = {**options, "bin_directory": str(with_pg_basebackup(workbench, cluster, script=script))}
    before = sorted(path.name for path in (repository / "db1" / "backups").iterdir())

    failed = run_module("base_backup", {**racing, "type": "incremental"}, expect_failure=True)
    assert failed.code == "wal-summaries-missing"
    assert sorted(path.name for path in (repository / "db1" / "backups").iterdir()) == before
    # What was removed is noticed beforehand from here on; a chain after it is racing again.
    second = run_module("base_backup", options)
    assert second["type"] == "full"
    summarize(cluster, backup=second["backup"])
    run = run_module("base_backup", racing)
    assert (run["type"], run["parent"], run["backup"]["type"]) == ("full", None, "full")
    assert "WAL summaries are required on timeline 1" in run["reason"]
    assert second["backup"]["label"] != run["backup"]["label"]
    assert run["backup"]["label"].endswith("-full")

    summarize(cluster, backup=run["backup"])
    (cluster.data / "unknown").write_text(GERMAN, encoding="utf-8")
    failed = run_module("base_backup", {**racing, "type": "incremental"}, expect_failure=True)
    assert failed.code == "base-backup-failed"
    instead = run_module("base_backup", racing)
    assert (instead["type"], instead["parent"], instead["backup"]["type"]) == ("full", None, "full")
    assert GERMAN in instead["reason"]


FILL_THEN_FAIL = r"""
case "$*" in *--incremental=*)
  free_kib=$(df --output=avail -k 'REPOSITORY' | tail -n 1)
  head -c $(((free_kib - 1024) * 1024)) /dev/zero > 'REPOSITORY/filler'
  echo 'incremental backups cannot be taken unless WAL summarization is enabled' >&2; exit 1
esac
exec "$real" "$@"
"""


@pytest.mark.needs_root
def test_room_for_a_full_backup_is_looked_for_before_it_takes_the_place(workbench, cluster, run_module, repository):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs", str(repository)], check=True)
    try:
        shutil.chown(repository, cluster.os_user.uid, cluster.os_user.gid)
        options = archive(workbench, cluster, repository=repository)
        summarize(cluster, backup=run_module("base_backup", options)["backup"])
        script = FILL_THEN_FAIL.replace("REPOSITORY", str(repository))
        racing = {**options, "bin_directory": str(with_pg_basebackup(workbench, cluster, script=script))}
        failed = run_module("base_backup", racing, expect_failure=True)
        assert failed.code == "repository-full"
        assert re.search(r"[0-9]+ bytes are free and [0-9]+ are needed", failed["msg"])
    finally:
        subprocess.run(["umount", "-l", str(repository)], check=True)
