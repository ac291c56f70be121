# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server of this host could listen on an address."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable
from contextlib import closing

_ANY = ("*", "0.0.0.0", "::")  # noqa: S104 - what a server is configured with


def refused_addresses(addresses: str, *, port: int) -> tuple[tuple[str, str], ...]:
    """Those of ``listen_addresses`` on which nobody can listen at this port, each with the reason.

    Of a name that stands for several addresses one is enough, as it is for PostgreSQL.
    """
    wanted = [address.strip().strip('"') for address in addresses.split(",")]
    found = ((address, _why_refused(address, port=port)) for address in wanted if address)
    return tuple((f"{address}, port {port}", reason) for address, reason in found if reason is not None)


def taken_sockets(directories: Iterable[str], *, port: int) -> tuple[tuple[str, str], ...]:
    """The Unix sockets at which a server answers already, each with the reason."""
    paths = (f"{directory}/.s.PGSQL.{port}" for directory in directories)
    return tuple((path, os.strerror(errno.EADDRINUSE)) for path in paths if _answers(path))


def _answers(path: str) -> bool:
    with closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(2)
        try:
            connection.connect(path)
        except OSError:
            return False
    return True


def _why_refused(address: str, *, port: int) -> str | None:
    host = None if address in _ANY else address
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        return str(error.strerror)
    reasons = [_try(family, place) for family, _kind, _protocol, _name, place in places]
    taken = next((reason for reason in reasons if reason == os.strerror(errno.EADDRINUSE)), None)
    return taken or (None if None in reasons else next(iter(reasons), None))


def _try(family: int, place: tuple[object, ...]) -> str | None:
    try:
        with closing(socket.socket(family, socket.SOCK_STREAM)) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(place)
            listener.listen(1)
    except OSError as error:
        return error.strerror
    return None


__all__ = ("refused_addresses", "taken_sockets")
