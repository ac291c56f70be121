# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links stay links, directories come to have today's files, and nothing outside is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.configuration.kept_files import (
    keep_files,
)
from sample_cluster import sample_cluster


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("data/certs", "restored/certs", "etc"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path / "data"


def keep(data: Path, *names: str) -> Path:
    to = data.parent / "restored"
    keep_files([os.path.join(data, name) for name in names], cluster=sample_cluster(str(data)), to=str(to))
    return to


def test_renewed_file_replaces_that_of_the_backup(data: Path) -> None:
    (data / "server.key").write_text("new")
    (data / "server.key").chmod(0o600)
    (data.parent / "restored" / "server.key").write_text("old")
    to = keep(data, "server.key", "missing", "/etc/hostname")
    assert (to / "server.key").read_text() == "new"
    assert (to / "server.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in to.iterdir()) == ["certs", "server.key"]


@pytest.mark.parametrize("absolute", [True, False])
def test_link_stays_and_what_it_leads_to_inside_goes_along(data: Path, absolute: bool) -> None:
    (data / "certs" / "2026.crt").write_text("new")
    (data / "server.crt").symlink_to(data / "certs" / "2026.crt" if absolute else "certs/2026.crt")
    to = keep(data, "server.crt")
    assert os.readlink(to / "server.crt") == os.readlink(data / "server.crt")
    assert (to / "certs" / "2026.crt").read_text() == "new"


def test_link_that_leads_outside_replaces_a_file_of_the_backup(data: Path) -> None:
    (data.parent / "etc" / "postgresql.conf").write_text("")
    (data / "postgresql.conf").symlink_to(data.parent / "etc" / "postgresql.conf")
    (data.parent / "restored" / "postgresql.conf").write_text("old")
    assert os.readlink(keep(data, "postgresql.conf") / "postgresql.conf") == f"{data.parent}/etc/postgresql.conf"


def test_directory_that_is_a_link_is_kept_for_a_file_in_it(data: Path) -> None:
    (data.parent / "etc" / "a.conf").write_text("x")
    (data / "conf.d").symlink_to("../etc")
    (data.parent / "restored" / "conf.d").mkdir()
    to = keep(data, "conf.d/a.conf")
    assert os.readlink(to / "conf.d") == "../etc"
    assert not (data.parent / "etc" / "etc").exists()


def test_chain_of_links_ends(data: Path) -> None:
    (data / "a").symlink_to("b")
    (data / "b").symlink_to("a")
    assert sorted(path.name for path in keep(data, "a").iterdir()) == ["a", "b", "certs"]


def test_directory_comes_to_have_the_files_of_today(data: Path) -> None:
    (data / "certs" / "new.crl").write_text("")
    (data.parent / "restored" / "certs" / "old.crl").write_text("")
    assert os.listdir(keep(data, "certs") / "certs") == ["new.crl"]


def test_data_directory_may_be_reached_by_a_link(data: Path) -> None:
    (data / "server.crt").write_text("new")
    link = data.parent / "link"
    link.symlink_to(data)
    to = data.parent / "restored"
    keep_files([f"{link}/server.crt"], cluster=sample_cluster(str(link)), to=str(to))
    assert (to / "server.crt").read_text() == "new"


def test_data_directory_itself_is_not_taken_for_a_directory_of_files(data: Path) -> None:
    (data / "base").mkdir()
    assert os.listdir(keep(data, ".", "..")) == ["certs"]
