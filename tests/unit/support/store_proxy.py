# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy between a storage and its store that does to requests what networks and busy stores do."""

from __future__ import annotations

import http.client
import http.server
import socket
import ssl
import struct
import threading
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

_NOT_MET = 412
_HOP = ("connection", "transfer-encoding", "keep-alive", "expect")


class StoreProxy:
    """Passes requests on; ``most_bytes``: what one may have at most, as where a quota is used up.

    ``ignores_conditions``: as a store that overwrites whatever is asked.

    ``faults`` are taken one after the other, each by the next request that ``concerns`` it: ``reset`` ends the
    connection without an answer, ``lost`` lets the store do it and ends the connection before the answer, ``cut`` ends
    it in the middle of the answer's content, and a number is the HTTP status of a refusal.

    ``uses``: for so many requests an access key is good, as one that expires. With a ``certificate`` (its file, and
    that of its key) the proxy speaks TLS.
    """

    def __init__(self, endpoint: str, *, certificate: tuple[Path, Path] | None = None) -> None:
        self.address = urllib.parse.urlsplit(endpoint)
        self.most_bytes: int | None = None
        self.ignores_conditions = False
        self.faults: list[str | int] = []
        self.concerns: Callable[[str, str], bool] = lambda _method, _path: True
        self.requests: list[tuple[str, str]] = []
        self.uses: dict[str, int] = {}
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self.port = int(self._server.server_address[1])
        self.endpoint = f"http{'s' if certificate else ''}://127.0.0.1:{self.port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # Each connection's own thread shakes hands.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )

    def __enter__(self) -> StoreProxy:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next_fault(self, method: str, path: str) -> str | int | None:
        """What to do to this request."""
        with self.lock:
            self.requests.append((method, path))
            return self.faults.pop(0) if self.faults and self.concerns(method, path) else None

    def is_expired(self, authorization: str) -> bool:
        """Whether the key that a request was signed with is good no more."""
        identifier = authorization.partition("Credential=")[2].partition("/")[0]
        with self.lock:
            self.uses[identifier] = self.uses.get(identifier, 1 << 30) - 1
            return self.uses[identifier] < 0


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    proxy: StoreProxy


class _Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: _Server

    @property
    def _proxy(self) -> StoreProxy:
        return self.server.proxy

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, OSError):
            self.close_connection = True

    def log_message(self, *_arguments: Any) -> None:
        """Nobody reads it."""

    def _serve(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        if self._proxy.is_expired(self.headers.get("Authorization", "")):
            self._refuse(400, "ExpiredToken")
            return
        fault = self._proxy.next_fault(self.command, self.path)
        if fault == "reset":
            self._reset()
            return
        if self._proxy.most_bytes is not None and size > self._proxy.most_bytes:
            self._refuse(403, "QuotaExceeded")
            return
        if isinstance(fault, int):
            self._refuse(fault, {503: "SlowDown", 500: "InternalError"}.get(fault, "AccessDenied"))
            return
        self._pass_on(body, fault=fault)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _serve  # noqa: N815

    def _pass_on(self, body: bytes, *, fault: str | None) -> None:
        there = http.client.HTTPConnection(self._proxy.address.hostname or "", self._proxy.address.port)
        there.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() != "expect":
                there.putheader(name, value)
        there.endheaders(body)
        answer = there.getresponse()
        content = answer.read()
        there.close()
        if self._proxy.ignores_conditions and answer.status == _NOT_MET:
            # What such a store says; that it has overwritten something, too, plays no part.
            self._answer(200, b"", {"ETag": '"00000000000000000000000000000000"'})
            return
        if fault == "lost":
            self._reset()
            return
        self.send_response(answer.status)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
        for name, value in answer.getheaders():
            if name.lower() not in (*_HOP, "content-length", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", length or "0")
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if fault == "cut" else content)
        if fault == "cut":
            self.wfile.flush()
            self._reset()

    def _refuse(self, status: int, code: str) -> None:
        content = f"<Error><Code>{code}</Code><Message>by the proxy</Message></Error>"
        told = b"" if self.command == "HEAD" else content.encode()
        self._answer(status, told, {"Content-Type": "application/xml"})

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
