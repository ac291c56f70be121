# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding out about one cluster, on a host that is made up of files and of answers of PostgreSQL's programs."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import (
    Failed,
    InvalidInput,
    PitrError,
    Refused,
    Unavailable,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import PG_CTL, SYSTEMD, ServiceName
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.candidates import Candidate
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.discovery import (
    ClusterRequest,
    cluster_at,
    describe,
)
from fake_runner import FakeRunner
from fixture_files import FIXTURES

SETTINGS = {
    "port": "5433",
    "unix_socket_directories": '"/run/pg", /tmp',
    "config_file": "/etc/pg/postgresql.conf",
    "hba_file": "/etc/pg/pg_hba.conf",
    "ident_file": "/etc/pg/pg_ident.conf",
}


class Programs(FakeRunner):
    """PostgreSQL's programs of one version, and how they were called."""

    def __init__(self, *, version: str = "15.18", broken: str = "") -> None:
        self.asked: list[tuple[str, ...]] = []
        self._version = version
        self._broken = broken

    def answer(self, argv: tuple[str, ...]) -> Result:
        self.asked.append(argv)
        program = os.path.basename(argv[0])
        if argv[1:] == ("--version",):
            return Result(argv, 0, f"{program} (PostgreSQL) {self._version}\n", "")
        if program == "pg_controldata":
            return Result(argv, 0, (FIXTURES / "pg_controldata-15.txt").read_text(encoding="utf-8"), "")
        assert (program, argv[1]) == ("postgres", "-C")
        if self._broken:
            return Result(argv, 1, "", self._broken)
        return Result(argv, 0, f"{SETTINGS[argv[2]]}\n", "")

    def words_behind(self, name: str) -> tuple[str, ...]:
        """How the setting of that name was asked for."""
        return next(argv[3:] for argv in self.asked if argv[1:3] == ("-C", name))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory, and beside it a directory of programs."""
    path = tmp_path / "data"
    for name in ("global", "pg_tblspc", "pg_wal"):
        (path / name).mkdir(parents=True)
    (path / "PG_VERSION").write_text("15\n", encoding="ascii")
    (path / "global" / "pg_control").touch()
    (tmp_path / "bin").mkdir()
    for program in ("postgres", "pg_controldata"):
        (tmp_path / "bin" / program).touch()
    return path


@pytest.fixture
def wanted(data: Path) -> ClusterRequest:
    """The programs that the tests have."""
    return ClusterRequest(bin_directory=str(data.parent / "bin"))


def test_what_files_and_programs_say_is_a_cluster(data: Path, wanted: ClusterRequest) -> None:
    (data / "pg_tblspc" / "16385").symlink_to("/srv/space")
    cluster = describe(Candidate(str(data)), wanted=wanted, runner=Programs())

    assert (cluster.data_directory, cluster.version, cluster.server_version) == (str(data), 15, "15.18")
    assert (cluster.port, cluster.socket_directory) == (5433, "/run/pg")
    assert (cluster.config_file, cluster.hba_file, cluster.ident_file) == tuple(SETTINGS.values())[2:]
    assert cluster.os_user == pwd.getpwuid(os.geteuid()).pw_name
    assert cluster.tablespaces == {16385: "/srv/space"}
    assert cluster.service == ServiceName(PG_CTL)
    assert not cluster.running and cluster.postmaster_pid is None
    assert cluster.own_directories == (str(data),)


def test_options_of_the_last_start_are_asked_with(data: Path, wanted: ClusterRequest) -> None:
    programs = Programs()
    cluster = describe(Candidate(str(data), last_options=("-p", "5434")), wanted=wanted, runner=programs)
    assert programs.words_behind("port") == ("-D", str(data), "-p", "5434")
    assert cluster.start_options == ("-p", "5434")


def test_configuration_outside_is_asked_for_where_it_is(data: Path, wanted: ClusterRequest) -> None:
    programs = Programs()
    describe(Candidate(str(data), "/etc/postgresql/15/main", "15/main"), wanted=wanted, runner=programs)
    assert programs.words_behind("hba_file") == ("-D", "/etc/postgresql/15/main")


def test_stopped_server_with_a_signal_file_is_in_recovery(data: Path, wanted: ClusterRequest) -> None:
    assert not describe(Candidate(str(data)), wanted=wanted, runner=Programs()).in_recovery
    (data / "standby.signal").touch()
    assert describe(Candidate(str(data)), wanted=wanted, runner=Programs()).in_recovery


def test_given_service_and_user_are_taken(data: Path) -> None:
    me = pwd.getpwuid(os.geteuid()).pw_name
    wanted = ClusterRequest(bin_directory=str(data.parent / "bin"), service="pg-main.service", os_user=me)
    cluster = describe(Candidate(str(data)), wanted=wanted, runner=Programs())
    assert (cluster.service, cluster.os_user) == (ServiceName(SYSTEMD, "pg-main"), me)


def test_data_directory_of_another_user_is_not_followed(data: Path) -> None:
    wanted = ClusterRequest(bin_directory=str(data.parent / "bin"), os_user="dba")
    with pytest.raises(Refused) as caught:
        describe(Candidate(str(data)), wanted=wanted, runner=Programs())
    assert caught.value.code == "os-user-mismatch"


@pytest.mark.parametrize(
    ("change", "programs", "error", "code"),
    [
        pytest.param("", Programs(broken="FATAL: line 3"), Failed, "configuration-invalid", id="configuration"),
        pytest.param("", Programs(version="16.4"), InvalidInput, "version-mismatch", id="other version"),
        pytest.param("PG_VERSION", Programs(), InvalidInput, "data-directory-invalid", id="no version"),
        pytest.param("../bin/postgres", Programs(), InvalidInput, "bin-directory-missing", id="no program"),
    ],
)
def test_what_is_wrong_is_told(
    change: str, programs: Programs, error: type[PitrError], code: str, data: Path, wanted: ClusterRequest
) -> None:
    if change:
        (data / change).unlink()
    with pytest.raises(error) as caught:
        describe(Candidate(str(data)), wanted=wanted, runner=programs)
    assert caught.value.code == code


def test_programs_beside_the_last_start_are_found(data: Path) -> None:
    last = str(data.parent / "bin" / "postgres")
    cluster = describe(Candidate(str(data), last_program=last), wanted=ClusterRequest(), runner=Programs())
    assert cluster.bin_directory == str(data.parent / "bin")


def test_version_without_programs_is_told(data: Path) -> None:
    (data / "PG_VERSION").write_text("99\n", encoding="ascii")
    with pytest.raises(Unavailable) as caught:
        describe(Candidate(str(data)), wanted=ClusterRequest(), runner=Programs())
    assert caught.value.code == "bin-directory-missing"


def test_directory_that_somebody_changes_meanwhile_is_told(data: Path) -> None:
    """It was exchanged behind the first look, or a file in it is not its owner's."""
    (data / "postmaster.pid").symlink_to("postmaster.pid")
    with pytest.raises(InvalidInput) as caught:
        cluster_at(str(data), runner=Programs(broken="none"))
    assert (caught.value.code, "postmaster.pid" in caught.value.message) == ("data-directory-invalid", True)


@pytest.mark.parametrize(
    ("options", "config_file"),
    [
        pytest.param(("-c", "config_file=/etc/postgresql/18/main/postgresql.conf"), None, id="given"),
        pytest.param(("-c", "config_file=postgresql.conf"), SETTINGS["config_file"], id="relative"),
        pytest.param(("-c", "config_file=/etc//pg/x.conf"), SETTINGS["config_file"], id="not as PostgreSQL tells it"),
        pytest.param(("-c", "config_file=/a", "--config-file=/b"), SETTINGS["config_file"], id="given twice"),
        pytest.param(("--config_file=/a",), SETTINGS["config_file"], id="in another form"),
        pytest.param(("-c", "config_file_of=/a"), SETTINGS["config_file"], id="another name"),
    ],
)
def test_what_the_start_has_named_is_not_asked_for(
    data: Path, wanted: ClusterRequest, options: tuple[str, ...], config_file: str | None
) -> None:
    programs = Programs()
    candidate = Candidate(str(data), last_options=options)
    found = describe(candidate, wanted=wanted, runner=programs)
    assert found.config_file == (config_file or options[1].partition("=")[2])
    assert any("config_file" in argv for argv in programs.asked) is (config_file is not None)
    assert (found.hba_file, found.ident_file) == (SETTINGS["hba_file"], SETTINGS["ident_file"])
