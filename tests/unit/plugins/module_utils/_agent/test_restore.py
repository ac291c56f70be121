# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program is asked to plan."""

from __future__ import annotations

import os

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent import main
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.restore import new_parser, request_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreRequest

BASE = ["--plan", "--cluster", "db1"]


def request(*arguments: str) -> RestoreRequest:
    return request_of(new_parser().read([*BASE, *arguments]))


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["--target-time", "2026-09-15T14:30:00+02:00"], "time 2026-09-15T14:30:00+02:00, inclusive"),
        (["--target-lsn", "0/3000028", "--exclusive"], "lsn 0/3000028, exclusive"),
        (["--target-xid", "745"], "xid 745, inclusive"),
        (["--target-name", "before it"], "name before it"),
        (["--immediate"], "the end of the backup (immediate)"),
        (["--latest"], "the end of the WAL (latest)"),
    ],
)
def test_target_is_read(arguments: list[str], phrase: str) -> None:
    wanted = request(*arguments)
    assert (wanted.name, wanted.target.phrase, wanted.in_place, wanted.action) == ("db1", phrase, True, "promote")


def test_everything_else_is_read() -> None:
    wanted = request(
        *("--target-xid", "745", "--timeline", "3", "--backup", "b1", "--action", "pause"),
        *("--data-directory", "copy", "--port", "5499"),
    )
    assert (wanted.timeline, wanted.backup, wanted.action) == (3, "b1", "pause")
    assert (wanted.directory, wanted.port) == (os.path.abspath("copy"), 5499)
    assert wanted.tablespace_roots == ()


def test_roots_of_tablespaces_are_read() -> None:
    wanted = request("--latest", "--tablespace-root", "/mnt", "--tablespace-root", "/srv")
    assert wanted.tablespace_roots == ("/mnt", "/srv")


def test_cluster_that_comes_to_this_host_is_read() -> None:
    wanted = request(
        *("--latest", "--source", "db1", "--wal-directory", "/srv/wal"),
        *("--tablespace-mapping", "/mnt/a=/srv/a", "--tablespace-mapping", r"/mnt/b\=c=/srv/b"),
    )
    assert (wanted.name, wanted.source, wanted.in_place, wanted.standby) == ("db1", "db1", True, False)
    assert (wanted.tablespaces, wanted.wal_directory) == ({"/mnt/a": "/srv/a", "/mnt/b=c": "/srv/b"}, "/srv/wal")


def test_copy_of_another_cluster_is_read() -> None:
    wanted = request("--latest", "--source", "db2", "--data-directory", "/srv/copy")
    assert (wanted.name, wanted.source, wanted.directory) == ("db2", "db2", "/srv/copy")


def test_standby_is_read() -> None:
    wanted = request(
        *("--latest", "--source", "db1", "--standby", "--primary-conninfo", "host=db9", "--primary-slot-name", "s"),
    )
    assert wanted.standby
    assert wanted.settings == {"primary_conninfo": "host=db9", "primary_slot_name": "s"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param([], "target-count", id="no target"),
        pytest.param(["--latest", "--source", "db2"], "source-differs", id="another cluster in place"),
        pytest.param(["--latest", "--wal-directory", "/srv/wal"], "restore-source-missing", id="a place without one"),
        pytest.param(["--latest", "--cluster-port", "5433"], "usage", id="a port of the cluster that is here"),
        pytest.param(
            ["--latest", "--source", "db1", "--tablespace-mapping", "/mnt"], "usage", id="half a tablespace's places"
        ),
        pytest.param(
            ["--latest", "--source", "db1", "--tablespace-mapping", "a=/b"], "path-not-absolute", id="a relative place"
        ),
        pytest.param(["--latest", "--source", "db1", "--standby"], "standby-refused", id="a standby of nobody"),
        pytest.param(
            ["--latest", "--source", "db1", "--standby", "--primary-conninfo", "host=a password=canary"],
            "usage",
            id="a password that others can see",
        ),
        pytest.param(["--latest", "--immediate"], "target-count", id="two targets"),
        pytest.param(["--target-time", "2026-09-15"], "target-no-offset", id="a bare date"),
        pytest.param(["--latest", "--action", "pause"], "action-without-target", id="a pause at no target"),
        pytest.param(["--latest", "--timeline", "new"], "timeline-unknown", id="a timeline in words"),
        pytest.param(["--latest", "--port", "0"], "option-out-of-range", id="no port"),
        pytest.param(["--latest", "--port", "x"], "usage", id="a port in words"),
        pytest.param(["--latest", "yes"], "usage", id="another argument"),
        pytest.param(["--latest", "--tablespace-root", "mnt"], "path-not-absolute", id="a relative root"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        request(*arguments)
    assert caught.value.code == code


def test_without_plan_it_is_the_playbooks(capfd: pytest.CaptureFixture[str]) -> None:
    assert main.main(["restore", "--cluster", "db1", "--latest"]) == 1
    said = capfd.readouterr().err
    assert "--plan is missing [usage]" in said and "run the playbook 'restore'" in said
