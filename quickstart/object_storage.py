# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The object storage of the quickstart, which goes on when the story has ended."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from free_port import free_port
from seaweed_server import ACCESS_KEY_ID, LISTENERS, SECRET_ACCESS_KEY, SeaweedServer

_BUCKET = "backups"
_PROCESS = "process"


class ObjectStorage:
    """A running server with one bucket, its data in a directory."""

    def __init__(self, directory: Path, *, program: Path) -> None:
        self._directory = directory
        self._program = program
        self._server = SeaweedServer(directory, program=program, ports={name: free_port() for name in LISTENERS})
        self.endpoint = self._server.endpoint

    def version(self) -> str:
        """What the program says of itself."""
        done = subprocess.run([self._program, "version"], capture_output=True, text=True, check=True)
        return "SeaweedFS " + " ".join(done.stdout.split()[2:3])

    def start(self) -> None:
        """Start it, with an empty bucket."""
        self._directory.mkdir(mode=0o700)
        process = self._server.start()
        (self._directory / _PROCESS).write_text(str(process), encoding="ascii")
        self._client().create_bucket(Bucket=_BUCKET)

    def variables(self) -> dict[str, object]:
        """What the inventory says of it."""
        return {
            "pitr_repository_s3_bucket": _BUCKET,
            "pitr_repository_s3_prefix": "postgresql",
            "pitr_repository_s3_endpoint": self.endpoint,
            "pitr_repository_s3_path_style": True,
            "pitr_repository_s3_access_key_id": ACCESS_KEY_ID,
            "pitr_repository_s3_secret_access_key": SECRET_ACCESS_KEY,
        }

    def keys(self) -> set[str]:
        """Every object but those of leases, which come and go."""
        return {each["Key"] for each in self._objects() if "/.lease-" not in each["Key"]}

    def stored(self) -> tuple[int, int]:
        """How many objects there are, and how many bytes."""
        sizes = [each["Size"] for each in self._objects()]
        return len(sizes), sum(sizes)

    def _objects(self) -> Iterator[Any]:
        for page in self._client().get_paginator("list_objects_v2").paginate(Bucket=_BUCKET):
            yield from page.get("Contents", ())

    def _client(self) -> Any:
        return self._server.client()


def stop_left_one(directory: Path) -> None:
    """End the server that an earlier run has left in this directory."""
    try:
        process = int((directory / _PROCESS).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return
    # After a restart of the machine another process may have its number. A shell may tell `ps` to cut lines.
    show = ["ps", "-ww", "-o", "args=", "-p", str(process)]
    asked = subprocess.run(show, capture_output=True, text=True, check=False)
    if f"-logdir={directory} " in asked.stdout:
        os.kill(process, signal.SIGKILL)
