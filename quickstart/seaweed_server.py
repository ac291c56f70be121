# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real object storage on loopback: SeaweedFS in one process, with one account. Tests use it as well."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ACCESS_KEY_ID = "AKpitr"
SECRET_ACCESS_KEY = "SKpitr-is-no-secret"  # noqa: S105 - it is none
LISTENERS = (
    "s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
    "filer.port.grpc",
)  # fmt: skip
_ACTIONS = ["Admin", "Read", "Write", "List", "Tagging"]
_START_SECONDS = 60


class SeaweedServer:
    """The server, its data in a directory, on a port for each of ``LISTENERS``."""

    def __init__(self, directory: Path, *, program: Path, ports: Mapping[str, int], words: Sequence[str] = ()) -> None:
        self.directory = directory
        self.endpoint = f"http://127.0.0.1:{ports['s3.port']}"
        self._program = program
        self._ports = ports
        self._words = words
        self._process: subprocess.Popen[bytes] | None = None

    def accounts(self) -> dict[str, str]:
        """Identifier and secret of each account, any of which may do all."""
        return {ACCESS_KEY_ID: SECRET_ACCESS_KEY}

    def start(self) -> int:
        """Start it in a session of its own, and wait until it answers; its process."""
        data = self.directory / "data"
        data.mkdir(exist_ok=True)
        self._write_accounts()
        log = self._log_file.open("ab")
        # Each bucket has volumes of its own: one, not seven.
        environment = {**os.environ, "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}
        self._process = subprocess.Popen(
            self._argv(data), cwd=self.directory, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"SeaweedFS does not answer:\n{self._log_end()}")
            time.sleep(0.1)
        return self._process.pid

    def stop(self) -> None:
        """End it at once: by a mere SIGTERM it takes half a minute."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> Any:
        """A client of boto3's, for what is looked at or changed past the collection."""
        import boto3
        from botocore.config import Config

        known = "request_checksum_calculation" in Config.OPTION_DEFAULTS
        more = {"request_checksum_calculation": "when_required"} if known else {}
        identifier, secret = next(iter(self.accounts().items()))
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=identifier,
            aws_secret_access_key=secret,
            config=Config(s3={"addressing_style": "path"}, **more),
        )

    def _argv(self, data: Path) -> list[str]:
        return [
            str(self._program), f"-logdir={self.directory}", "server", f"-dir={data}", "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1", *(f"-{name}={self._ports[name]}" for name in LISTENERS), "-filer", "-s3",
            f"-s3.config={self._accounts_file}", "-s3.iam=false", "-metricsPort=0", "-s3.port.iceberg=0",
            "-s3.port.lance=0", "-volume.max=1000", "-master.volumeSizeLimitMB=1024", *self._words,
        ]  # fmt: skip

    def _write_accounts(self) -> None:
        identities = [
            {"name": identifier, "credentials": [{"accessKey": identifier, "secretKey": secret}], "actions": _ACTIONS}
            for identifier, secret in self.accounts().items()
        ]
        self._accounts_file.write_text(json.dumps({"identities": identities}), encoding="utf-8")

    def _answers(self) -> bool:
        try:
            self.client().list_buckets()
        except Exception:  # noqa: BLE001 - it is asked again until it answers
            return False
        return True

    @property
    def _accounts_file(self) -> Path:
        return self.directory / "s3.json"

    @property
    def _log_file(self) -> Path:
        return self.directory / "seaweed.log"

    def _log_end(self) -> str:
        return self._log_file.read_text(encoding="utf-8", errors="replace")[-4000:]


__all__ = ("ACCESS_KEY_ID", "LISTENERS", "SECRET_ACCESS_KEY", "SeaweedServer")
