# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a receiver reaches the servers of its cluster: a service file and a password file of libpq."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..errors import InvalidInput

# The section of the service file; each cluster has a file of its own.
SERVICE = "pgpitr"
# Of pg_hba.conf and password files: connections for physical replication.
_REPLICATION = "replication"
_MOST_PORT = 65535


@dataclass(frozen=True)
class Connection:
    """Hosts (names, addresses or directories of sockets) with their ports, the role, what the receiver calls itself,
    and settings of TLS as libpq names them."""

    hosts: tuple[tuple[str, int], ...]
    user: str
    application_name: str
    tls: Mapping[str, str] = field(default_factory=dict)


def parse_hosts(texts: Iterable[str], *, default_port: int) -> tuple[tuple[str, int], ...]:
    """Hosts with their ports, which follow a colon.

    >>> parse_hosts(["db1", "db2:5433", "[fd00::1]:5434", "/run/postgresql"], default_port=5432)
    (('db1', 5432), ('db2', 5433), ('fd00::1', 5434), ('/run/postgresql', 5432))

    Raises InvalidInput (``stream-host-invalid``).
    """
    found = tuple(_host(text.strip(), default_port=default_port) for text in texts)
    if not found:
        raise _invalid("no host is named")
    return found


def service_text(connection: Connection, *, passfile: str | None) -> str:
    """The service file. Only a server that takes writes is streamed from, so that a failover is followed.

    Raises InvalidInput (``stream-value-invalid``).
    """
    hosts, ports = zip(*connection.hosts)
    values = {
        "host": ",".join(hosts),
        "port": ",".join(map(str, ports)),
        "user": connection.user,
        "application_name": connection.application_name,
        "target_session_attrs": "read-write",
        "connect_timeout": "10",
        # A host that has vanished without a word is given up after two minutes.
        "keepalives_idle": "60",
        "keepalives_interval": "15",
        "keepalives_count": "4",
        **({"passfile": passfile} if passfile else {}),
        **connection.tls,
    }
    lines = [f"{key}={_value(key, value)}\n" for key, value in values.items()]
    return f"# Written by the module pgfleet.pitr.wal_receiver, which replaces what is changed here.\n[{SERVICE}]\n" + (
        "".join(lines)
    )


def passfile_text(connection: Connection, *, password: str) -> str:
    """The password file: the password for each host, in the form of libpq.

    >>> text = passfile_text(Connection((("db1", 5432),), "repl", "x"), password="a:b")
    >>> text.splitlines()[-1]
    'db1:5432:replication:repl:a\\\\:b'

    A connection over a socket looks for ``localhost`` only where its directory is the default one; else for the
    directory. Both are written. Source: the manual, "The Password File". Raises InvalidInput
    (``stream-value-invalid``).
    """
    _value("password", password)
    hosts = [
        *connection.hosts,
        *(("localhost", port) for host, port in connection.hosts if host.startswith("/")),
    ]
    lines = [
        ":".join(_escaped(part) for part in (host, str(port), _REPLICATION, connection.user, password)) + "\n"
        for host, port in dict.fromkeys(hosts)
    ]
    return "".join(lines)


def _host(text: str, *, default_port: int) -> tuple[str, int]:
    host, port = text, ""
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise _invalid(f"'{text}' is no host with a port")
        port = rest[1:]
    elif not text.startswith("/") and text.count(":") == 1:
        host, _colon, port = text.partition(":")
    number = int(port) if port.isascii() and port.isdigit() else default_port if not port else 0
    if not host or "," in host or not 0 < number <= _MOST_PORT:
        raise _invalid(f"'{text}' is no host with a port")
    return host, number


def _value(key: str, value: str) -> str:
    if value and value.isprintable() and value == value.strip():
        return value
    raise InvalidInput(
        f"{key} cannot be written into a file of libpq: it is empty, has a control character, or begins or ends with a"
        " space",
        code="stream-value-invalid",
        hint=f"Correct 'pitr_streaming_{key}'.",
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(
        message,
        code="stream-host-invalid",
        hint="'pitr_streaming_hosts' has names, addresses or directories of sockets, such as 'db1' or 'db2:5433'.",
    )


__all__ = ("SERVICE", "Connection", "parse_hosts", "passfile_text", "service_text")
