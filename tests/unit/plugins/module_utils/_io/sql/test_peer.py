# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.sql.peer import foreign_server, required_peer
from sample_cluster import sample_cluster


@pytest.mark.parametrize(
    ("os_user", "socket_directory", "peer"),
    [
        pytest.param("nobody", "/tmp", "nobody", id="a socket"),
        pytest.param("nobody", "", "", id="TCP only"),
        pytest.param("4000000", "/tmp", "", id="a number without a name"),
    ],
)
def test_server_has_to_be_its_owners_where_libpq_can_tell(os_user: str, socket_directory: str, peer: str) -> None:
    assert required_peer(sample_cluster(os_user=os_user, socket_directory=socket_directory)) == peer


def test_only_another_peer_is_told_as_one() -> None:
    cluster = sample_cluster(os_user="postgres", socket_directory="/tmp")
    assert foreign_server(cluster, words="FATAL: password authentication failed") is None
    found = foreign_server(cluster, words='requirepeer specifies "postgres", but actual peer user name is "nobody"')
    assert found is not None and found.code == "server-foreign" and "'/tmp'" in found.message
