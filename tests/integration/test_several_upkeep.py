# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several repositories in places of each kind: restored from both, verified, healed from each other, expired each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from support.archiving import repository_options
from support.cluster import Cluster
from support.encryption import AgeKey
from support.repository_places import BucketPlace, DirectoryPlace, HostPlace, PlacedSite, digest_of, spoil
from support.restoring import lay_out
from support.seaweed import Seaweed
from support.workbench import Workbench

pytestmark = pytest.mark.timeout(900)

# One server has the buckets of all tests.
BUCKETS = count(100)
Make = Callable[..., PlacedSite]


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """A running server."""
    made = Seaweed(tmp_path_factory.mktemp("seaweed"))
    made.start()
    yield made
    made.discard()


@pytest.fixture
def make_site(workbench: Workbench, cluster: Cluster, seaweed: Seaweed) -> Iterator[Make]:
    """A cluster that archives to places of two kinds, the second with more settings."""
    places: list[Any] = []

    def place(kind: str) -> Any:
        if kind == "directory":
            return DirectoryPlace(workbench.directory / f"it's directory {len(places)}")
        if kind == "host":
            return HostPlace(workbench)
        return BucketPlace(seaweed, bucket=f"b{next(BUCKETS)}")

    def make(*kinds: str, recipients: list[str] | None = None, **second: Any) -> PlacedSite:
        places.extend(place(kind) for kind in kinds)
        items = [{"name": "first", **places[0].item()}, {"name": "second", **places[1].item(), **second}]
        single = repository_options(workbench, cluster, repository=Path("/unused"), name="db1")
        options = {key: value for key, value in single.items() if key != "repository_path"}
        options = {
            **options,
            "repositories": items,
            **({"repository_age_recipients": recipients} if recipients else {}),
        }
        site = PlacedSite(workbench, cluster, places=(places[0], places[1]), options=options)
        workbench.run_module("agent", site.options)
        workbench.run_module("wal_archive", {**site.options, "allow_restart": True, "archive_timeout_seconds": 3600})
        return site

    yield make
    for each in places:
        each.discard()


def segments_of(place: Any) -> list[str]:
    """The keys of the segments."""
    names = (name for name in place.names() if name.startswith("wal/") and not name.endswith((".crc32", ".digest")))
    return [name for name in names if len(name.rpartition("/")[2].partition(".")[0]) == 24 and ".backup" not in name]


def name_of(key: str) -> str:
    return key.rpartition("/")[2].partition(".")[0]


@pytest.mark.versions(18)
@pytest.mark.parametrize(
    ("kinds", "is_encrypted"),
    [
        pytest.param(("bucket", "host"), True, id="bucket host encrypted"),
        pytest.param(("directory", "host"), True, id="directory host encrypted"),
        pytest.param(("host", "bucket"), False, id="host bucket"),
        pytest.param(("bucket", "directory"), False, id="bucket directory"),
    ],
)
def test_a_restore_takes_a_segment_and_a_part_from_the_second_and_the_first_is_healed(
    kinds: tuple[str, str], is_encrypted: bool, make_site: Make
) -> None:
    key = AgeKey.make() if is_encrypted else None
    given = {"age_identity": key.identity} if key else {}
    site = make_site(*kinds, recipients=[key.recipient] if key else None)
    first, second = site.first, site.second
    found = lay_out(site)
    copied = site.run("copy")
    assert copied.returncode == 0 and "first to second: " in copied.stdout, copied.stderr
    (record,) = (name for name in first.names() if name.endswith("/backup.json"))
    label = record.split("/")[1]
    assert record in second.names()
    part = next(name for name in first.names() if name.startswith(f"backups/{label}/base.tar"))
    missing, damaged = segments_of(first)[-1], segments_of(first)[-2]
    bad = {name: spoil(first, name) for name in (part, damaged)}
    first.remove(missing)

    plan = site.plan(**found.target("latest"), **given)
    assert f"from the repository 'second': 1 segment of WAL ({name_of(missing)})" in plan["plan_text"]
    done = site.stage(**found.target("latest"), **given)
    said = f"the backup {label} is damaged in the repository 'first', and was taken from 'second'"
    assert said in str(done.result["warnings"])
    site.recover()
    assert site.rows() == [0, 1, 2, 3, 4, 5]
    log = site.cluster.log_tail(6000)
    assert all(f"'{name_of(each)}' comes from the repository 'second'" in log for each in (missing, damaged))
    check_healing(site, kind=kinds[0], missing=missing, bad=bad)


def check_healing(site: PlacedSite, *, kind: str, missing: str, bad: dict[str, str]) -> None:
    """What is damaged in the first is healed from the second, where this host may do that."""
    if kind == "host":
        refused = site.run("verify", "--heal", "--repository", "first")
        assert refused.returncode == 1 and "[repository-elsewhere]" in refused.stderr
        assert "the repository 'first' was not read: that is its host's work" in site.run("verify").stderr
        # What is missing there comes back by adding.
        assert site.run("copy", "--from", "second", "--to", "first").returncode == 0
        assert digest_of(site.first, missing) == digest_of(site.second, missing)
        assert {each: digest_of(site.first, each) for each in bad} == bad
        return
    told = site.run("verify", "--json")
    assert told.returncode == 1 and {each["repository"] for each in json.loads(told.stdout)["findings"]} == {"first"}
    healed = site.workbench.run_module("backup_verify", {**verify_options(site), "heal": True})
    assert healed["changed"] and healed["findings"] == [] and len(healed["healed"]) == 3, healed["text"]
    # Each place has an encryption of its own.
    assert all(digest_of(site.first, each) == digest_of(site.second, each) for each in (missing, *bad))
    aside = [name for name in site.first.names() if name.startswith("quarantine/")]
    assert {each: digest_of(site.first, next(name for name in aside if each in name)) for each in bad} == bad
    again = site.workbench.run_module("backup_verify", verify_options(site))
    assert again["findings"] == [] and not again["changed"]
    expired = site.run("expire", "--keep-full", "1", "--keep-days", "7")
    assert expired.returncode == 0 and "damaged, and replaced since" in expired.stdout, expired.stderr
    assert not [name for name in site.first.names() if name.startswith("quarantine/")]


def verify_options(site: PlacedSite) -> dict[str, Any]:
    """Options of the module backup_verify."""
    known = ("name", "repositories", "repository_age_recipients", "bin_directory")
    return {key: value for key, value in site.options.items() if key in known}


@pytest.mark.versions(18)
def test_each_is_expired_by_its_own_rules_and_one_that_is_away_stops_no_other(make_site: Make) -> None:
    site = make_site("directory", "directory", required=False, keep_full=2)
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    labels = []
    for number in range(3):
        site.insert(number)
        labels.append(site.back_up(type="full"))
        site.archive_all()
    assert site.run("copy").returncode == 0

    def kept(place: Any) -> list[str]:
        return sorted(name.split("/")[1] for name in place.names() if name.endswith("/backup.json"))

    options = {key: value for key, value in verify_options(site).items() if key != "bin_directory"}
    rules = {"keep_full": 1, "keep_days": 0}
    rehearsed = site.workbench.run_module("backup_expire", {**options, **rules}, check=True)
    assert [len(each["removed"]) for each in rehearsed["repositories"]] == [2, 1]
    away = site.second.path.with_name("away")
    site.second.path.rename(away)
    done = site.workbench.run_module("backup_expire", {**options, **rules})
    assert kept(site.first) == labels[-1:] and "the repository 'second' was left out: " in str(done.result["warnings"])
    away.rename(site.second.path)
    done = site.run("expire", "--keep-full", "1", "--keep-days", "0")
    assert done.returncode == 0 and kept(site.second) == labels[-2:], done.stderr
    # What its own rules have removed does not come back, and the other one is as it was.
    assert site.run("copy").stdout == "first to second: nothing is missing\n"
    site.first.path.rename(site.first.path.with_name("lost"))
    failed = site.run("expire", "--keep-full", "1", "--keep-days", "0")
    assert failed.returncode == 1 and "[repository-missing]" in failed.stderr
    assert "in 'second'" in failed.stdout
