# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains bring back what was there at each of their links and between; and are what pg_combinebackup makes of them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.chains import combined_by_postgresql
from support.fake_programs import with_pg_basebackup
from support.ports import PortLease
from support.restoring import Site

pytestmark = pytest.mark.versions(18)

# Of a backup, what is not counted as stored.
BESIDE = ("backup.json", "origin.json")

# What happens to the database before each incremental backup: every way in which files change.
DEEDS = (
    [
        "UPDATE big SET x = 'one' WHERE i % 500 = 1",
        "UPDATE there SET x = 'one' WHERE i = 1",
        "CREATE TABLE fresh AS SELECT 1 AS i",
        # Another tablespace of the same name in the same place.
        "ALTER TABLE moved SET TABLESPACE pg_default",
        "DROP TABLESPACE brief",
        "CREATE TABLESPACE brief LOCATION '{brief}'",
        "ALTER TABLE moved SET TABLESPACE brief",
    ],
    [
        "INSERT INTO big SELECT i, 'grown' FROM generate_series(4001, 9000) AS i",
        "TRUNCATE there",
        "DROP TABLE fresh",
        "ALTER TABLE moved SET TABLESPACE pg_default",
        "DROP TABLESPACE brief",
    ],
    ["DELETE FROM big WHERE i > 200", "VACUUM big", "CREATE DATABASE second", "INSERT INTO there SELECT 7, 'again'"],
    [
        "INSERT INTO big SELECT i, 'back' FROM generate_series(5001, 7000) AS i",
        "VACUUM FULL there",
        "DROP DATABASE second",
    ],
)
# Written by the restore itself, or by the server: not part of what is compared. Visibility maps are left out of chains.
OWN = ("postgresql.auto.conf", "postgresql.conf", "recovery.signal", "backup_manifest", "tablespace_map")
STATE = (
    "SELECT (SELECT md5(string_agg(b::text, ',' ORDER BY i)) FROM big b), "
    "(SELECT md5(string_agg(t::text, ',' ORDER BY i)) FROM there t), "
    "(SELECT md5(string_agg(m::text, ',' ORDER BY i)) FROM moved m), "
    "(SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database), "
    "(SELECT string_agg(spcname || pg_tablespace_location(oid), ' ' ORDER BY spcname) FROM pg_tablespace)"
)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    site = Site.make(workbench, cluster, repository)
    cluster.sql(f"CREATE TABLESPACE fast LOCATION '{workbench.make_directory('a fast space')}'")
    cluster.sql("CREATE TABLE big AS SELECT i, repeat(md5(i::text), 10) AS x FROM generate_series(1, 4000) AS i")
    cluster.sql("CREATE TABLE there TABLESPACE fast AS SELECT * FROM big")
    cluster.sql(f"CREATE TABLESPACE brief LOCATION '{workbench.make_directory(brief_space(site).name)}'")
    cluster.sql("CREATE TABLE moved TABLESPACE brief AS SELECT * FROM big")
    cluster.sql("CREATE TABLE t (i int)")
    return site


def brief_space(site: Site) -> Path:
    """Where the tablespace lies that only the first links have."""
    return site.workbench.directory / "a brief space"


def build_chain(site: Site) -> tuple[list[str], list[tuple[str, list[tuple[str, ...]]]]]:
    """The labels, and moments with what the database had then: at each link, and between it and the next."""
    labels, moments = [site.back_up()], []
    for deeds in DEEDS:
        moments.append((site.moment(), site.cluster.sql(STATE)))
        for deed in deeds:
            site.cluster.sql(deed.format(brief=brief_space(site)))
        moments.append((site.moment(), site.cluster.sql(STATE)))
        labels.append(site.back_up(type="incremental"))
    site.cluster.sql("INSERT INTO t VALUES (1)")
    site.archive_all()
    return labels, moments


@pytest.mark.timeout(600)
def test_each_link_and_each_moment_between_comes_back(site: Site) -> None:
    labels, moments = build_chain(site)
    assert [label.rpartition("-")[2] for label in labels] == ["full"] + ["incremental"] * len(DEEDS)

    # From the newest to the oldest, so that each plan takes another link.
    for moment, state in reversed(moments):
        plan = site.plan(target_time=moment)
        chain = plan["plan"]["chain"]
        assert chain == labels[: len(chain)]
        assert plan["plan"]["backup"] == chain[-1]
        site.restore(target_time=moment)
        assert site.cluster.sql(STATE) == state
        site.roll_back()


def test_result_is_what_postgresql_makes_of_the_chain(site: Site) -> None:
    labels, _moments = build_chain(site)
    copy = site.workbench.make_directory("copies") / "it's a copy"
    lease = PortLease.take()
    site.stage(target_immediate=True, restore_data_directory=str(copy), restore_port=lease.port, backup=labels[-1])
    lease.release()

    combined, spaces = combined_by_postgresql(site.workbench, site.cluster, site.repository, labels=labels)
    assert dict(digests(copy)) == dict(digests(combined))
    for oid, space in spaces.items():
        restored = Path(f"{copy}.tablespaces") / oid
        assert dict(digests(restored)) == dict(digests(space))
        assert any(digests(space))


# Between the look at the server and the backup, one tablespace is dropped and another made.
CHANGE_THEN_RUN = r"""
psql() {{ '{bin}/psql' -q -h '{host}' -p '{port}' -d postgres -c "$1"; }}
psql 'ALTER TABLE moved SET TABLESPACE pg_default' && psql 'DROP TABLESPACE brief' || exit
psql "CREATE TABLESPACE late LOCATION '{brief}'" && psql 'ALTER TABLE moved SET TABLESPACE late' || exit
exec "$real" "$@"
"""


def test_tablespaces_are_those_of_the_backup_and_not_of_the_look_before(site: Site) -> None:
    cluster = site.cluster
    script = CHANGE_THEN_RUN.format(
        bin=cluster.installation.bin_directory,
        host=cluster.socket_directory,
        port=cluster.port,
        brief=brief_space(site),
    )
    racing = str(with_pg_basebackup(site.workbench, cluster, script=script))
    label = site.back_up(bin_directory=racing)
    record = json.loads((site.repository / "db1" / "backups" / label / "backup.json").read_text())
    locations = cluster.sql("SELECT oid::text, pg_tablespace_location(oid) FROM pg_tablespace WHERE oid > 16383")
    assert record["tablespaces"] == dict(locations)
    state = cluster.sql(STATE)
    cluster.sql("DROP TABLE moved")
    site.restore(target_immediate=True)
    assert cluster.sql(STATE) == state


def digests(root: Path) -> Iterator[tuple[str, str]]:
    """Each file of the backup with the checksum of its content."""
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        is_own = name in OWN or name.startswith(("pg_wal/", "pgsql_tmp.pitr/")) or path.name.endswith("_vm")
        if path.is_file() and not path.is_symlink() and not is_own:
            yield name, hashlib.sha256(path.read_bytes()).hexdigest()


def spoil(path: Path) -> bytes:
    """Change a byte in the middle, and return what the file had."""
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :])
    return whole


def assert_refused(site: Site, code: str, *, names: str, backup: str | None = None, state: str = "planned") -> None:
    """The failure has this code and names the backup, and nothing was touched."""
    rows = site.cluster.sql(STATE)
    given = {"target_latest": True, **({"backup": backup} if backup else {})}
    run = site.plan(fails=True, **given) if state == "planned" else site.stage(fails=True, **given)
    assert (run.code, names in run["msg"]) == (code, True)
    assert site.cluster.sql(STATE) == rows
    assert not Path(f"{site.cluster.data}.pitr-new").exists()


def assert_passed_over(site: Site, labels: list[str], *, first: int, reason: str) -> None:
    """The plan takes the links before this one, and says why not those from it on."""
    plan = site.plan(target_latest=True)["plan"]
    assert plan["chain"] == labels[:first]
    for label, why in [(labels[first], reason), *((each, "builds on") for each in labels[first + 1 :])]:
        assert any(label in note and "not used" in note and why in note for note in plan["notes"])


def test_damaged_link_is_named_and_nothing_is_touched(site: Site) -> None:
    labels, _moments = build_chain(site)
    backups = site.repository / "db1" / "backups"

    # A damaged byte far behind the label is found while the link is extracted, before anything is swapped.
    archive = next((backups / labels[0]).glob("base.tar*"))
    whole = spoil(archive)
    assert_refused(site, "backup-damaged", names=labels[0], state="present")
    archive.write_bytes(whole)

    # A manifest is looked at beforehand: a chosen backup is refused, by default an older one of whole chain is taken.
    manifest = backups / labels[2] / "backup_manifest"
    whole = spoil(manifest)
    assert_refused(site, "backup-damaged", names=labels[2], backup=labels[3])
    assert_passed_over(site, labels, first=2, reason="the backup manifest is damaged")
    immediate = site.plan(target_immediate=True)["plan"]
    assert immediate["backup"] == labels[1]
    assert any(note.startswith(f"'{labels[2]}' is not used: the backup manifest") for note in immediate["notes"])
    manifest.write_bytes(whole)
    assert site.plan(target_latest=True)["plan"]["chain"] == labels
    spoil(backups / labels[0] / "backup_manifest")
    assert_refused(site, "backup-damaged", names=labels[0])


def test_missing_link_is_named_and_an_older_chain_leads_to_the_target(site: Site) -> None:
    labels, _moments = build_chain(site)
    rows = site.cluster.sql(STATE)
    (site.repository / "db1" / "backups" / labels[2]).rename(site.workbench.make_directory("aside") / labels[2])
    assert_refused(site, "chain-broken", names=labels[2], backup=labels[3])
    plan = site.plan(target_latest=True)
    assert plan["plan"]["chain"] == labels[:2]
    assert any(labels[3] in note and "not used" in note for note in plan["plan"]["notes"])
    site.restore(target_latest=True)
    assert site.cluster.sql(STATE) == rows


def test_foreign_link_under_the_right_name_is_refused(site: Site) -> None:
    """The first incremental backup in the place of the second: each is whole, but they do not follow each other."""
    labels, _moments = build_chain(site)
    backups = site.repository / "db1" / "backups"
    second = backups / labels[2]
    record = (second / "backup.json").read_text()
    for path in (backups / labels[3]).iterdir():
        if path.name not in BESIDE:
            shutil.copyfile(path, second / path.name)
    stored = sum(path.stat().st_size for path in second.iterdir() if path.name not in BESIDE)
    (second / "backup.json").write_text(
        "\n".join(f'  "stored_bytes": {stored},' if '"stored_bytes"' in line else line for line in record.split("\n"))
    )
    refused = site.plan(fails=True, target_latest=True, backup=labels[2])
    assert refused.code == "chain-broken"
    assert labels[2] in refused["msg"]
    assert not Path(f"{site.cluster.data}.pitr-new").exists()
