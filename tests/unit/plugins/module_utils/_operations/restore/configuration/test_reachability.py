# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a server would listen after a start, beside where it listens."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.configuration.reachability import (
    check_addresses,
)
from fake_runner import FakeRunner, NoPrograms
from sample_cluster import sample_cluster


class Configured(FakeRunner):
    """Answers for the setting after ``-C``."""

    def __init__(self, **values: str) -> None:
        self._values = values

    def answer(self, argv: tuple[str, ...]) -> Result:
        return Result(argv, 0, f"{self._values[argv[2]]}\n", "")


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    (tmp_path / "pg_hba.conf").write_text("", encoding="utf-8")
    return sample_cluster(str(tmp_path), socket_directory=str(tmp_path))


def configured(cluster: Cluster, **changes: str) -> Configured:
    values = {"port": "5432", "unix_socket_directories": cluster.socket_directory, "listen_addresses": "localhost"}
    return Configured(**{**values, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"listen_addresses": "*"}, id="everywhere"),
        pytest.param({"listen_addresses": ""}, id="by socket alone"),
        pytest.param({"listen_addresses": "192.0.2.77, 127.0.0.1"}, id="one of two"),
    ],
)
def test_server_that_comes_back_where_it_is(cluster: Cluster, changes: dict[str, str]) -> None:
    check_addresses(cluster, {}, runner=configured(cluster, **changes))


def test_one_of_several_sockets_is_enough(cluster: Cluster) -> None:
    several = f'/elsewhere, "{cluster.socket_directory}/"'
    check_addresses(cluster, {}, runner=configured(cluster, unix_socket_directories=several))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"port": "5999"}, "port 5432, and would on 5999", id="port"),
        pytest.param({"unix_socket_directories": "/run/new"}, "would be in '/run/new'", id="socket"),
        pytest.param({"listen_addresses": "192.0.2.77"}, "none of the addresses in listen_addresses", id="address"),
        pytest.param({"listen_addresses": "no.such.invalid"}, "no.such.invalid", id="name"),
    ],
)
def test_server_that_would_come_back_elsewhere_or_not_at_all(
    cluster: Cluster, changes: dict[str, str], words: str
) -> None:
    with pytest.raises(Refused, match=words) as caught:
        check_addresses(cluster, {}, runner=configured(cluster, **changes))
    assert caught.value.code == "server-would-not-start"


def test_settings_of_the_restore_count(cluster: Cluster) -> None:
    runner = configured(cluster, listen_addresses="192.0.2.77")
    check_addresses(cluster, {"listen_addresses": "127.0.0.1"}, runner=runner)


def test_file_that_lets_clients_in_is_there(cluster: Cluster) -> None:
    Path(cluster.hba_file).unlink()
    with pytest.raises(Refused, match="cannot be read"):
        check_addresses(cluster, {}, runner=configured(cluster))


def test_server_that_does_not_run_is_not_asked() -> None:
    check_addresses(sample_cluster(running=False), {}, runner=NoPrograms())
