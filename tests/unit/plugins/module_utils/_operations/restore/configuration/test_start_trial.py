# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a start is tried beside a server that runs, and what is said where it fails."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.configuration.start_trial import (
    check_start,
)
from fake_runner import FakeRunner, NoPrograms
from sample_cluster import sample_cluster


class Postgres(FakeRunner):
    """Keeps what it was called with, and what the directory of the trial had."""

    def __init__(self, *, rc: int = 0, stdout: str = "143\n", stderr: str = "") -> None:
        self._result = rc, stdout, stderr
        self.argv: tuple[str, ...] = ()
        self.files: dict[str, str] = {}

    def answer(self, argv: tuple[str, ...]) -> Result:
        self.argv = argv
        directory = Path(next(word for word in argv if word.startswith("data_directory=")).partition("=")[2])
        found = (path for path in directory.rglob("*") if path.is_file())
        self.files = {str(path.relative_to(directory)): path.read_text(encoding="utf-8") for path in found}
        return Result(argv, *self._result)


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    (tmp_path / "global").mkdir()
    (tmp_path / "global" / "pg_control").write_text("control", encoding="utf-8")
    (tmp_path / "server.crt").write_text("certificate", encoding="utf-8")
    (tmp_path / "postmaster.pid").write_text("4711", encoding="utf-8")
    (tmp_path / "postgresql.auto.conf").write_text("work_mem = '1MB'\n", encoding="utf-8")
    return sample_cluster(str(tmp_path), start_options=("-c", "work_mem=2MB"))


def test_the_program_sees_the_clusters_files_and_the_settings_but_not_its_lock(cluster: Cluster) -> None:
    program = Postgres()
    check_start(cluster, {"max_connections": "300"}, runner=program)

    assert program.argv[:5] == ("/pg/bin/postgres", "-C", "shared_memory_size", "-D", cluster.data_directory)
    assert f"config_file={cluster.config_file}" in program.argv
    assert program.argv.index("work_mem=2MB") < program.argv.index("log_destination=stderr")
    assert program.files.keys() == {"global/pg_control", "postgresql.auto.conf", "server.crt"}
    assert "max_connections = '300'" in program.files["postgresql.auto.conf"]
    assert "300" not in str(program.argv)
    assert "max_connections" not in Path(cluster.data_directory, "postgresql.auto.conf").read_text(encoding="utf-8")
    left = next(word for word in program.argv if word.startswith("data_directory="))
    assert not os.path.exists(left.partition("=")[2])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param({"rc": 1, "stdout": "", "stderr": "FATAL:  no such library\nx\n"}, ": no such library", id="said"),
        pytest.param({"rc": 1, "stdout": "", "stderr": "what\n"}, ": what", id="in other words"),
        pytest.param({"rc": -9, "stdout": ""}, ": signal 9", id="in none"),
        pytest.param({"stdout": f"{1 << 40}\n"}, ": 1099511627776 MB of shared memory: ", id="memory of no host"),
    ],
)
def test_a_start_that_would_fail_is_refused_in_the_servers_words(
    cluster: Cluster, answer: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused) as caught:
        check_start(cluster, {}, runner=Postgres(**answer))
    assert caught.value.code == "server-would-not-start"
    assert said in caught.value.message


@pytest.mark.parametrize("known", [{"running": False}, {"version": 14}], ids=str)
def test_what_does_not_run_or_cannot_tell_is_not_tried(known: dict[str, Any]) -> None:
    check_start(sample_cluster(**known), {}, runner=NoPrograms())
