# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`pgpitr restore --plan` says on the host what the module says, and changes as little."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.archiving import tree_digest
from support.restoring import Site, lay_out

# What other processes on the machine write may change it from one moment to the next.
FREE = re.compile(r"\([0-9.]+ \w+ free\)")
SHOWN = ("plan", "plan_lines", "plan_text", "confirmation", "already", "data_directory", "port", "journal")


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


def pgpitr(site: Site, *arguments: str, as_root: bool = False) -> subprocess.CompletedProcess[str]:
    """Ask for a plan as the cluster's user, or as root."""
    options = site.options
    argv = [options["agent_path"], "restore", "--cluster", "db1", "--config-directory", options["config_directory"]]
    if as_root:
        return subprocess.run([*argv, *arguments], capture_output=True, text=True, check=False)
    return site.cluster.os_user.run([*argv, *arguments], check=False)


def arguments_of(target: Mapping[str, Any]) -> list[str]:
    """The program's arguments for options of the module."""
    words = {
        "target_immediate": "--immediate",
        "target_latest": "--latest",
        "restore_data_directory": "--data-directory",
        "restore_port": "--port",
        "target_timeline": "--timeline",
        "target_action": "--action",
    }
    found = ["--plan"]
    for name, value in target.items():
        if name == "target_inclusive":
            found += [] if value else ["--exclusive"]
        elif value is True:
            found.append(words[name])
        else:
            found += [words.get(name, "--" + name.replace("_", "-")), str(value)]
    return found


def comparable(result: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a result that two runs in a row have to agree on."""
    known = json.loads(FREE.sub("(free)", json.dumps({key: result[key] for key in SHOWN})))
    for disk in known["plan"]["disks"]:
        del disk["free_bytes"]
    return dict(known)


def assert_same_plan(site: Site, target: dict[str, Any], *, as_root: bool = False) -> None:
    planned = site.plan(**target)
    as_json = pgpitr(site, *arguments_of(target), "--json", as_root=as_root)
    assert (as_json.returncode, as_json.stderr) == (0, ""), as_json.stderr
    assert comparable(json.loads(as_json.stdout)) == comparable(planned.result)
    text = pgpitr(site, *arguments_of(target), as_root=as_root).stdout
    assert FREE.sub("", text) == FREE.sub("", planned["plan_text"]) + "\n"


def assert_same_refusal(site: Site, target: dict[str, Any]) -> str:
    """Both fail with one code, message and hint; the code."""
    refused = site.plan(**target, fails=True)
    done = pgpitr(site, *arguments_of(target))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"pgpitr: {refused['msg']} [{refused.code}]\n"), done.stderr
    assert refused["hint"] in done.stderr
    return refused.code


@pytest.mark.versions(15, 18)
def test_plan_of_every_kind_of_target_is_the_modules(site: Site) -> None:
    places = lay_out(site)
    copy = {"restore_data_directory": str(site.workbench.directory / "copy"), "restore_port": 54999}
    targets = [
        *(places.target(kind) for kind in ("time", "lsn", "name", "immediate", "latest")),
        places.target("xid", inclusive=False),
        {**places.target("time"), "target_action": "pause", "target_timeline": 1},
        {**places.target("latest"), **copy},
    ]
    roots = (site.cluster.data, site.repository, Path(site.options["config_directory"]))
    site.cluster.stop()
    before, names = tree_digest(*roots), sorted(os.listdir(site.cluster.base))
    for target in targets:
        assert_same_plan(site, target)
    for target in ({}, {"target_time": "2026-09-15"}, {"target_latest": True, "target_action": "pause"}):
        assert assert_same_refusal(site, target).split("-")[0] in ("target", "action")
    assert (tree_digest(*roots), sorted(os.listdir(site.cluster.base))) == (before, names)
    site.cluster.start()
    assert_same_plan(site, places.target("time"))


@pytest.mark.versions(18)
def test_target_in_a_gap_is_refused_as_the_module_refuses_it(site: Site) -> None:
    places = lay_out(site)
    (stored,) = (site.repository / "db1" / "wal").rglob(
        f"{site.plan(**places.target('xid'))['plan']['last_segment']}*z*"
    )
    site.cluster.stop()
    shutil.rmtree(site.cluster.data / "pg_wal" / "archive_status")
    for path in (site.cluster.data / "pg_wal").glob("0*"):
        path.unlink()
    stored.unlink()
    assert assert_same_refusal(site, {"target_latest": True}) == "segment-missing"


@pytest.mark.versions(18)
def test_plan_for_a_data_directory_that_is_gone(site: Site) -> None:
    places = lay_out(site)
    site.cluster.crash()
    shutil.rmtree(site.cluster.data)
    for lock in site.cluster.socket_directory.glob(".s.PGSQL.*"):
        lock.unlink()
    for kind in ("time", "latest"):
        assert_same_plan(site, places.target(kind))
    assert "is gone: only archived WAL can be recovered" in pgpitr(site, "--plan", "--latest").stdout
    assert not site.cluster.data.exists()


@pytest.mark.versions(15)
def test_restore_that_is_done_or_unfinished_is_told_as_by_the_module(site: Site) -> None:
    target = lay_out(site).target("time")
    site.stage(**target)
    assert assert_same_refusal(site, target) == "restore-unfinished"
    site.recover()
    site.insert(100)
    assert_same_plan(site, target)
    assert pgpitr(site, "--plan", "--target-time", target["target_time"]).stdout.startswith("already ")
    again = pgpitr(site, "--plan", "--again", "--target-time", target["target_time"])
    assert "confirm with" in again.stdout


@pytest.mark.versions(15)
@pytest.mark.needs_root
def test_plan_of_root_is_that_of_the_clusters_user(site: Site) -> None:
    assert_same_plan(site, lay_out(site).target("time"), as_root=True)


@pytest.mark.versions(15)
def test_restoring_itself_is_the_playbooks(site: Site) -> None:
    done = pgpitr(site, "--latest")
    assert done.returncode == 1
    assert "--plan is missing" in done.stderr and "playbook 'restore'" in done.stderr


@pytest.mark.versions(18)
def test_plan_is_the_same_with_the_index_without_it_and_with_a_damaged_one(site: Site) -> None:
    places = lay_out(site)
    site.back_up()
    site.archive_all()
    site.back_up()
    # The end of the WAL moves while the server runs.
    targets = [places.target(kind) for kind in ("time", "xid", "lsn", "name", "immediate")]
    index = site.repository / "db1" / "wal_facts"
    # A backup that is fast leaves the last segments to the next one, or to this.
    site.workbench.run_module("wal_archive", {**site.options, "allow_restart": True, "archive_timeout_seconds": 3600})
    notes = list(index.rglob("*.json"))
    assert notes

    def decided() -> list[dict[str, Any]]:
        plans = [site.plan(**target)["plan"] for target in targets]
        return [{name: value for name, value in plan.items() if name != "disks"} for plan in plans]

    with_it = decided()
    for path in notes:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert decided() == with_it
    shutil.rmtree(index)
    assert decided() == with_it
