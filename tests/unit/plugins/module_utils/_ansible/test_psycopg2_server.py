# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server that cannot be reached is told as. Connections that come about are for the integration tests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible import psycopg2_server
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from sample_cluster import sample_cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return sample_cluster(str(tmp_path), socket_directory=str(tmp_path))


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[socket.socket]:
    """A socket where the server's would be."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / ".s.PGSQL.5432"))
        server.listen()
        yield server


def test_server_that_does_not_listen_is_down(cluster: Cluster) -> None:
    with pytest.raises(Unavailable) as caught:
        psycopg2_server._check_listening(cluster)
    assert caught.value.code == "server-down" and "port 5432" in caught.value.message


def test_socket_that_somebody_listens_on_is_enough(cluster: Cluster, listening: socket.socket) -> None:
    psycopg2_server._check_listening(cluster)
    assert listening.getsockname() == f"{cluster.socket_directory}/.s.PGSQL.5432"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        pytest.param("starting", "server-starting", id="not up yet"),
        pytest.param("ready", "login-failed", id="up"),
        pytest.param(None, "login-failed", id="nothing known"),
    ],
)
def test_refusal_is_told_from_a_server_that_is_not_up(
    cluster: Cluster, tmp_path: Path, status: str | None, code: str
) -> None:
    if status is not None:
        lines = ["1", str(tmp_path), "0", "5432", "/tmp", "*", "1 2", status]
        (tmp_path / "postmaster.pid").write_text("\n".join(lines) + "\n", encoding="utf-8")

    error = psycopg2_server._not_accepted(cluster, said=["as 'a': no", "as 'b': never"])

    assert error.code == code and error.message.endswith("as 'a': no; as 'b': never")
