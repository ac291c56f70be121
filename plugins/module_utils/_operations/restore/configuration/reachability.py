# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server that is started again can be reached where it is reached now, and by whom."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping

from ...._core.errors import PitrError, Refused
from ...._core.postgres.cluster import Cluster
from ...._io.host.runner import Runner
from ...._io.postgres.configured_settings import configured_value
from ...._io.sql.server import Server


def check_addresses(cluster: Cluster, settings: Mapping[str, str], *, runner: Runner) -> None:
    """Return when the configuration of today, with these settings, lets the server listen where it listens now.

    Who restores it looks for it there, and so does who rolls that back. Raises Refused (``server-would-not-start``).
    """
    if not cluster.running:
        return

    def value(name: str) -> str:
        return settings[name] if name in settings else configured_value(cluster, name, runner=runner)

    if value("port") != str(cluster.port):
        raise _unreachable(f"it listens on port {cluster.port}, and would on {value('port')}")
    if cluster.socket_directory:
        _check_socket(cluster.socket_directory, _items(value("unix_socket_directories")))
    addresses = _items(value("listen_addresses"))
    if addresses and not any(map(_can_be_bound, addresses)):
        raise _unreachable(f"this host has none of the addresses in listen_addresses: {', '.join(addresses)}")
    if not os.access(cluster.hba_file, os.R_OK, effective_ids=True):
        raise _unreachable(f"'{cluster.hba_file}' cannot be read")


def check_authentication(cluster: Cluster, *, connect: Callable[[Cluster], Server]) -> None:
    """Return when ``pg_hba.conf`` as it is now lets a server start; nothing of a server that cannot be asked.

    Raises Refused (``hba-invalid``).
    """
    try:
        server = connect(cluster)
        try:
            wrong = server.hba_errors()
        finally:
            server.close()
    except PitrError:
        # It does not run, or our role may not look.
        return
    if wrong:
        raise Refused(
            f"the server would not start again with its pg_hba.conf: {'; '.join(wrong)}",
            code="hba-invalid",
            hint=f"Correct '{cluster.hba_file}'. Nothing was stopped.",
        )


def _check_socket(present: str, wanted: list[str]) -> None:
    if os.path.realpath(present) not in map(os.path.realpath, wanted):
        raise _unreachable(f"its socket is in '{present}', and would be in '{', '.join(wanted)}'")
    if not os.access(present, os.W_OK | os.X_OK, effective_ids=True):
        raise _unreachable(f"it could not make its socket in '{present}'")


def _items(value: str) -> list[str]:
    return [item.strip().strip('"') for item in value.split(",") if item.strip()]


def _can_be_bound(address: str) -> bool:
    """Whether this host has the address, on whatever port."""
    if address == "*":
        return True
    try:
        known = socket.getaddrinfo(address, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, _protocol, _name, place in known:
            with socket.socket(family, kind) as probe:
                probe.bind((place[0], 0, *place[2:]))
    except (OSError, UnicodeError):
        return False
    return True


def _unreachable(what: str) -> Refused:
    return Refused(
        f"the server would not come back as it runs now: {what}",
        code="server-would-not-start",
        hint="Its configuration was changed since it was started. Restart it, or take the change back, before the "
        "restore. Nothing was stopped.",
    )


__all__ = ("check_addresses", "check_authentication")
