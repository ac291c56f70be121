# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres import candidates
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.candidates import (
    SearchPaths,
    all_candidates,
    candidate_at,
)
from fake_runner import FakeRunner

POSTGRES = "/usr/lib/postgresql/15/bin/postgres"


@pytest.fixture
def host(tmp_path: Path) -> SearchPaths:
    """A host with no cluster yet, and where its clusters would lie."""
    (tmp_path / "etc").mkdir()
    return SearchPaths(
        str(tmp_path / "etc"), (str(tmp_path / "pgsql" / "data"), str(tmp_path / "pgsql" / "*" / "data"))
    )


def _make_data_directory(path: Path) -> Path:
    (path / "global").mkdir(parents=True)
    (path / "global" / "pg_control").touch()
    (path / "PG_VERSION").write_text("15\n", encoding="utf-8")
    return path


def _paths(places: SearchPaths, runner: Any) -> list[str]:
    found, _problems = all_candidates(runner=runner, places=places)
    return [one.data_directory for one in found]


def test_host_without_clusters_has_no_candidate_of_its_own(host: SearchPaths, make_runner: Callable[..., Any]) -> None:
    assert not any(path.startswith(host.debian_configurations) for path in _paths(host, make_runner({})))


def test_data_directories_of_the_red_hat_layout_are_found(
    host: SearchPaths, tmp_path: Path, make_runner: Callable[..., Any]
) -> None:
    wanted = [
        _make_data_directory(tmp_path / "pgsql" / "data"),
        _make_data_directory(tmp_path / "pgsql" / "17" / "data"),
    ]
    (tmp_path / "pgsql" / "18" / "data").mkdir(parents=True)

    assert [path for path in _paths(host, make_runner({})) if path.startswith(str(tmp_path))] == [
        str(path) for path in wanted
    ]


def test_directory_that_others_can_exchange_is_passed_over_and_named(
    host: SearchPaths, tmp_path: Path, make_runner: Callable[..., Any]
) -> None:
    data = _make_data_directory(tmp_path / "pgsql" / "data")
    for directory in (data, data.parent):
        directory.chmod(0o757)
        found, problems = all_candidates(runner=make_runner({}), places=host)
        assert str(data) not in [one.data_directory for one in found]
        assert [problem for problem in problems if problem.startswith(f"{data}: passed over, as anybody can change it")]
        directory.chmod(0o755)
    assert str(data) in _paths(host, make_runner({}))


def test_what_is_no_file_hides_no_other_cluster(
    host: SearchPaths, tmp_path: Path, make_runner: Callable[..., Any]
) -> None:
    good = _make_data_directory(tmp_path / "pgsql" / "17" / "data")
    bad = _make_data_directory(tmp_path / "pgsql" / "data")
    os.mkfifo(bad / "postmaster.opts")
    found, problems = all_candidates(runner=make_runner({}), places=host)
    assert str(good) in [one.data_directory for one in found]
    assert [problem for problem in problems if problem.startswith(f"{bad}: ")]


def test_options_of_the_last_start_are_known(
    host: SearchPaths, tmp_path: Path, make_runner: Callable[..., Any]
) -> None:
    data = _make_data_directory(tmp_path / "pgsql" / "data")
    (data / "postmaster.opts").write_text('/b/postgres "-D" "/x" "-p" "5433"\n', encoding="utf-8")

    found = candidate_at(str(data), runner=make_runner({}), places=host)

    assert (found.last_program, found.last_options) == ("/b/postgres", ("-p", "5433"))
    assert found.postmaster is None


def test_link_to_a_data_directory_is_the_directory(
    host: SearchPaths, tmp_path: Path, make_runner: Callable[..., Any]
) -> None:
    data = _make_data_directory(tmp_path / "elsewhere")
    (tmp_path / "link").symlink_to(data)

    assert candidate_at(str(tmp_path / "link"), runner=make_runner({}), places=host).data_directory == str(data)


def test_left_over_process_file_of_a_crash_is_no_running_server(
    host: SearchPaths, tmp_path: Path, make_runner: Callable[..., Any]
) -> None:
    data = _make_data_directory(tmp_path / "data")
    # The process with this id exists, and stands somewhere else.
    (data / "postmaster.pid").write_text(f"1\n{data}\n1\n5432\n\n\n\nready\n", encoding="utf-8")

    assert candidate_at(str(data), runner=make_runner({}), places=host).postmaster is None


def test_debian_configuration_whose_programs_are_gone_is_told(
    host: SearchPaths, make_runner: Callable[..., Any]
) -> None:
    directory = Path(host.debian_configurations) / "9" / "old"
    directory.mkdir(parents=True)
    (directory / "postgresql.conf").touch()

    _found, problems = all_candidates(runner=make_runner({}), places=host)

    assert [problem for problem in problems if str(directory) in problem and "PostgreSQL 9" in problem]


def test_debian_configuration_that_cannot_be_read_is_told(
    host: SearchPaths, tmp_path: Path, make_runner: Callable[..., Any]
) -> None:
    directory = Path(host.debian_configurations) / "15" / "main"
    directory.mkdir(parents=True)
    (directory / "postgresql.conf").touch()
    failure = Failed("syntax error in line 3", code="x")
    runner = make_runner({(POSTGRES, "-C", "data_directory", "-D", str(directory)): failure})

    _found, problems = all_candidates(runner=runner, places=host)

    assert [problem for problem in problems if str(directory) in problem]


class Configured(FakeRunner):
    """Says of each configuration directory what its cluster's data directory is, and remembers who asked."""

    def __init__(self, data_directories: dict[str, Path]) -> None:
        self.asked: list[str] = []
        self._data_directories = data_directories

    def answer(self, argv: tuple[str, ...]) -> Result:
        name = Path(argv[-1]).name
        self.asked.append(name)
        return Result(argv, 0, f"{self._data_directories[name]}\n", "")


@pytest.mark.parametrize(
    ("texts", "asked"),
    [
        pytest.param({"one": "", "two": "data_directory = '{here}'", "three": ""}, ["two"], id="its file says it"),
        pytest.param({"one": "", "two": "include 'x'", "three": ""}, ["one", "three", "two"], id="no file says it"),
        pytest.param(
            {"one": "# not {here}", "two": "", "three": ""}, ["one", "three", "two"], id="another one says it"
        ),
    ],
)
def test_debian_cluster_is_found_with_as_few_questions_as_can_be(
    host: SearchPaths,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    texts: dict[str, str],
    asked: list[str],
) -> None:
    places = {name: _make_data_directory(tmp_path / "srv" / name) for name in texts}
    for name, text in texts.items():
        directory = Path(host.debian_configurations) / "15" / name
        directory.mkdir(parents=True)
        (directory / "postgresql.conf").write_text(text.format(here=places["two"]), encoding="utf-8")
    monkeypatch.setattr(candidates, "packaged_bin_directory", lambda _version: "/usr/lib/postgresql/15/bin")
    runner = Configured(places)

    assert candidate_at(str(places["two"]), runner=runner, places=host).debian_name == "15/two"
    assert sorted(runner.asked) == asked
