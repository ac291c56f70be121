# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real object storage on loopback: SeaweedFS in one process, with one account."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.ports import PortLease

ACCESS_KEY_ID = "AKpitr"
SECRET_ACCESS_KEY = "SKpitr-is-no-secret"
_LISTENERS = (
    "s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
    "filer.port.grpc",
)  # fmt: skip
_ACTIONS = ["Admin", "Read", "Write", "List", "Tagging"]


class Seaweed:
    """The server, its data in a directory."""

    def __init__(self, directory: Path, *, popen_options: Mapping[str, Any] | None = None) -> None:
        self.directory = directory
        self._options = dict(popen_options or {})
        self._leases = {name: PortLease.take() for name in _LISTENERS}
        self._process: subprocess.Popen[bytes] | None = None
        self.endpoint = f"http://127.0.0.1:{self._leases['s3.port'].port}"
        keys = [{"accessKey": ACCESS_KEY_ID, "secretKey": SECRET_ACCESS_KEY}]
        identities = {"identities": [{"name": "pitr", "credentials": keys, "actions": _ACTIONS}]}
        (directory / "s3.json").write_text(json.dumps(identities))

    def start(self) -> Seaweed:
        """Start it, and wait until it answers."""
        data = self.directory / "data"
        data.mkdir(exist_ok=True)
        if "user" in self._options:
            data.chmod(0o777)
        words = [f"-{name}={lease.port}" for name, lease in self._leases.items()]
        argv = [
            str(Path(sys.executable).with_name("weed")), f"-logdir={self.directory}", "server", f"-dir={data}",
            "-ip=127.0.0.1", "-ip.bind=127.0.0.1", *words, "-filer", "-s3", f"-s3.config={self.directory}/s3.json",
            "-s3.iam=false", "-metricsPort=0", "-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.max=1000",
            "-master.volumeSizeLimitMB=1024",
        ]  # fmt: skip
        log = (self.directory / "seaweed.log").open("ab")
        # Each bucket has volumes of its own: one, not seven.
        environment = {**self._options.pop("env", os.environ), "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}
        self._process = subprocess.Popen(
            argv, cwd=self.directory, stdout=log, stderr=log, env=environment, **self._options
        )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < deadline, self._log()
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        """End it at once: by a mere SIGTERM it takes half a minute."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def discard(self) -> None:
        """Stop it for good."""
        self.stop()
        for lease in self._leases.values():
            lease.release()

    def client(self) -> Any:
        """A client of boto3's, for what a test looks at or changes past the storage."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=Config(request_checksum_calculation="when_required", s3={"addressing_style": "path"}),
        )

    def _answers(self) -> bool:
        try:
            self.client().list_buckets()
        except Exception:  # noqa: BLE001 - it is asked again until it answers
            return False
        return True

    def _log(self) -> str:
        return (self.directory / "seaweed.log").read_text(errors="replace")[-4000:]


__all__ = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "Seaweed")
