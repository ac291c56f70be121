# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The object storage of the quickstart, for tests: on ports that no other test has."""

from __future__ import annotations

import http.client
import sys
import urllib.parse
from collections.abc import Iterable
from pathlib import Path

from seaweed_server import ACCESS_KEY_ID, LISTENERS, SECRET_ACCESS_KEY, SeaweedServer
from support.ports import PortLease

PROGRAM = Path(sys.executable).with_name("weed")
_TLS = "s3.port.https"
OTHER_ACCOUNTS = {"AKsecond": "SKsecond-is-no-secret", "AKthird": "SKthird-is-no-secret"}


class Seaweed(SeaweedServer):
    """The server, its data in a directory; with a ``certificate`` (its file, and that of its key) also by TLS."""

    def __init__(self, directory: Path, *, certificate: tuple[Path, Path] | None = None) -> None:
        self._leases = {name: PortLease.take() for name in (*LISTENERS, _TLS)}
        ports = {name: lease.port for name, lease in self._leases.items()}
        self.tls_port = ports[_TLS]
        words = [f"-{_TLS}={self.tls_port}"] if certificate else []
        words += [f"-s3.{kind}.file={path}" for kind, path in zip(("cert", "key"), certificate or ())]
        super().__init__(directory, program=PROGRAM, ports=ports, words=words)

    def accounts(self) -> dict[str, str]:
        """Several, for who changes his keys."""
        return {ACCESS_KEY_ID: SECRET_ACCESS_KEY, **OTHER_ACCOUNTS}

    def fill(self, bucket: str, *, keys: Iterable[str]) -> None:
        """Store empty objects by the server's own way in, which takes a tenth of the time."""
        connection = http.client.HTTPConnection("127.0.0.1", self._leases["filer.port"].port)
        for key in keys:
            connection.request("PUT", urllib.parse.quote(f"/buckets/{bucket}/{key}"), body=b"")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == http.client.CREATED, answer.status
        connection.close()

    def discard(self) -> None:
        """Stop it for good."""
        self.stop()
        for lease in self._leases.values():
            lease.release()


__all__ = ("ACCESS_KEY_ID", "OTHER_ACCOUNTS", "SECRET_ACCESS_KEY", "Seaweed")
