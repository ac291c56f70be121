# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.addresses import refused_addresses, taken_sockets


def test_free_port_of_this_host_can_be_listened_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert refused_addresses("127.0.0.1, localhost", port=port) == ()
    assert refused_addresses("", port=port) == ()


def test_taken_port_and_address_of_another_host_are_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for addresses in ("127.0.0.1", "*", "localhost"):
            ((named, reason),) = refused_addresses(addresses, port=port)
            assert (named, "in use" in reason) == (f"{addresses}, port {port}", True)
    ((named, _reason),) = refused_addresses("127.0.0.1, 192.0.2.1", port=port)
    assert named.startswith("192.0.2.1")


def test_socket_that_answers_is_taken_and_a_left_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / ".s.PGSQL.5432"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(1)
        assert [each for each, _reason in taken_sockets([str(tmp_path)], port=5432)] == [str(path)]
    assert path.exists()
    assert taken_sockets([str(tmp_path), "/nowhere"], port=5432) == ()
