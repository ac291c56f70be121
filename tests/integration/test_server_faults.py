# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains are right although the server's WAL summaries miss changes.

Up to 17.10 and 18.4 PostgreSQL does not summarize what plain DML clears in visibility maps (fixed in 17.11 and 18.6).
"""

from __future__ import annotations

import json

import pytest
from support.restoring import Site

pytestmark = pytest.mark.versions(18)

ROWS = 200_000
# The planner takes an index-only scan and a sequential one, whatever it thinks of their costs.
INDEX_ONLY = ("enable_seqscan", "enable_bitmapscan")
ROWS_OF_BIG = "SELECT count(*) || ' ' || md5(string_agg(i::text, ',' ORDER BY i)) FROM big"
LONG_VALUES = "SELECT count(*) || ' ' || md5(string_agg(i || w, ',' ORDER BY i)) FROM big"
SEQUENTIAL = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    site = Site.make(workbench, cluster, repository)
    site.cluster.sql(f"CREATE TABLESPACE fast LOCATION '{workbench.make_directory('a fast space')}'")
    return site


def counts(site: Site) -> tuple[int, int]:
    """What an index-only scan and a sequential one count."""
    return count(site, without=INDEX_ONLY), count(site, without=SEQUENTIAL)


def count(site: Site, *, without: tuple[str, ...], database: str = "postgres") -> int:
    """Count the rows while these kinds of scans are off."""
    switched = "".join(f"SET {setting} = off; " for setting in without)
    return int(site.cluster.value(f"{switched}SELECT count(*) FROM big WHERE i > 0", database=database))


@pytest.mark.parametrize("tablespace", ["pg_default", "fast"])
def test_deleted_rows_do_not_come_back_by_index_only_scans(site: Site, tablespace: str) -> None:
    site.cluster.sql(f"CREATE TABLE big (i int PRIMARY KEY) TABLESPACE {tablespace}")
    site.cluster.sql(f"INSERT INTO big SELECT generate_series(1, {ROWS})")
    site.cluster.sql("VACUUM (FREEZE, ANALYZE) big")
    site.back_up()
    site.cluster.sql("DELETE FROM big WHERE i % 2 = 0")
    site.back_up(type="incremental")
    site.archive_all()

    site.restore(target_immediate=True)
    assert counts(site) == (ROWS // 2, ROWS // 2)

    # VACUUM makes the map anew, and what is changed then is right as well.
    site.cluster.sql("DELETE FROM big WHERE i % 3 = 0")
    site.cluster.sql("VACUUM big")
    left = sum(1 for number in range(1, ROWS + 1, 2) if number % 3)
    assert counts(site) == (left, left)
    assert site.cluster.value("SELECT relallvisible > 0 FROM pg_class WHERE relname = 'big'")


def test_rows_of_a_truncated_tail_do_not_come_back(site: Site) -> None:
    """One COPY of wide rows lengthens the table by more pages than it fills; the others stay empty without a record."""
    wide = site.workbench.make_directory("wide rows") / "rows.txt"
    wide.write_text("".join(f"{number}\t{'w' * 7000}\n" for number in range(100_001, 100_051)))
    site.cluster.sql("CREATE TABLE big (i int, w text)")
    site.cluster.sql("ALTER TABLE big ALTER COLUMN w SET STORAGE PLAIN, SET (autovacuum_enabled = off)")
    site.cluster.sql("INSERT INTO big SELECT i, repeat('x', 2000) FROM generate_series(1, 8000) AS i")
    # So that VACUUM has nothing to write in what stays, of which the incremental backup has no block then.
    site.cluster.sql("VACUUM (FREEZE) big")
    site.back_up()
    site.cluster.sql("DELETE FROM big WHERE i > 3000")
    site.cluster.sql("VACUUM (TRUNCATE) big")
    site.cluster.sql(f"COPY big FROM '{wide}'")
    rows = site.cluster.value(ROWS_OF_BIG)
    pages = site.cluster.value("SELECT pg_relation_size('big') / 8192")
    site.back_up(type="incremental")
    site.archive_all()

    site.restore(target_immediate=True)
    assert site.cluster.value(ROWS_OF_BIG) == rows
    assert site.cluster.value("SELECT pg_relation_size('big') / 8192") == pages


def test_updated_rows_of_another_database_are_not_counted_twice_over_three_links(site: Site) -> None:
    """An UPDATE clears the same bits; the link behind it has nothing of the table."""
    site.cluster.sql("CREATE DATABASE shop TABLESPACE fast")
    shop: dict[str, str] = {"database": "shop"}
    site.cluster.sql(f"CREATE TABLE big AS SELECT i, 0 AS n FROM generate_series(1, {ROWS}) AS i", **shop)
    site.cluster.sql("ALTER TABLE big ADD PRIMARY KEY (i)", **shop)
    site.cluster.sql("VACUUM (FREEZE, ANALYZE) big", **shop)
    site.back_up()
    site.cluster.sql("UPDATE big SET i = -i WHERE i % 2 = 0", **shop)
    site.back_up(type="incremental")
    site.cluster.sql("CREATE TABLE other (i int)", **shop)
    site.back_up(type="incremental")
    site.archive_all()

    site.restore(target_immediate=True)
    assert (count(site, without=INDEX_ONLY, **shop), count(site, without=SEQUENTIAL, **shop)) == (ROWS // 2, ROWS // 2)


def test_toasted_values_that_were_truncated_in_one_link_and_grow_in_the_next_are_right(site: Site) -> None:
    """The table of long values has a file of its own, which is truncated and grows as the table's does."""
    wide = site.workbench.make_directory("long values") / "rows.txt"
    wide.write_text("".join(f"{number}\t{'w' * 7000}\n" for number in range(100_001, 100_051)))
    site.cluster.sql("CREATE TABLE big (i int, w text) TABLESPACE fast")
    site.cluster.sql("ALTER TABLE big ALTER COLUMN w SET STORAGE EXTERNAL, SET (autovacuum_enabled = off)")
    site.cluster.sql("INSERT INTO big SELECT i, repeat('x', 4000) FROM generate_series(1, 4000) AS i")
    site.cluster.sql("VACUUM (FREEZE) big")
    site.back_up()
    site.cluster.sql("DELETE FROM big WHERE i > 1500")
    site.cluster.sql("VACUUM (TRUNCATE) big")
    site.back_up(type="incremental")
    site.cluster.sql(f"COPY big FROM '{wide}'")
    rows = site.cluster.value(LONG_VALUES)
    site.back_up(type="incremental")
    site.archive_all()

    site.restore(target_immediate=True)
    assert site.cluster.value(LONG_VALUES) == rows


def test_a_chain_without_a_record_of_truncations_is_named_and_not_extended(site: Site) -> None:
    """As releases took them that did not know of the fault: nothing tells whether its tables are right."""
    full = site.back_up()
    label = site.back_up(type="incremental")
    record = site.repository / "db1" / "backups" / label / "backup.json"
    fields = json.loads(record.read_text())
    assert fields.pop("truncations") == []
    record.write_text(json.dumps(fields))
    site.archive_all()

    doubt = f"{label} has no record of the tables that were truncated before it"
    assert any(doubt in note for note in site.plan(target_latest=True, backup=label)["plan"]["notes"])
    (reported,) = site.workbench.run_module("backup_info", reading(site))["clusters"]
    assert any(doubt in sentence for sentence in reported["attention"])
    assert any(doubt in note for note in site.workbench.run_module("backup_verify", reading(site))["notes"])

    refused = site.workbench.run_module("base_backup", {**site.options, "type": "incremental"}, expect_failure=True)
    assert refused["code"] == "server-fault" and "truncated-and-regrown" in refused["hint"]
    accepted = {**site.options, "accepted_faults": ["truncated-and-regrown"]}
    assert site.workbench.run_module("base_backup", accepted, check=True)["parent"] == label

    instead = site.workbench.run_module("base_backup", site.options)
    assert (instead["type"], instead["parent"]) == ("full", None) and doubt in instead["reason"]
    following = site.workbench.run_module("base_backup", site.options)
    assert following["parent"] == instead["backup"]["label"] != full


def reading(site: Site) -> dict:
    """The options of modules that only read the repository."""
    return {key: site.options[key] for key in ("name", "repository_path", "bin_directory")}
