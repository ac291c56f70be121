# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of places for a repository, each as an item of the list, and what a test does to what is stored there."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from support.cluster import Cluster
from support.repository_host import RepositoryHost
from support.restoring import Site
from support.seaweed import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Seaweed
from support.workbench import Workbench


class DirectoryPlace:
    """A directory of this host."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def item(self) -> dict[str, Any]:
        """What names it in the list."""
        return {"path": str(self.path)}

    def names(self) -> list[str]:
        """Everything that it has of the cluster db1, but for what is hidden, sorted."""
        base = self.path / "db1"
        paths = (path for path in base.rglob("*") if path.is_file() and not path.name.startswith("."))
        return sorted(str(path.relative_to(base)) for path in paths)

    def read(self, name: str) -> bytes:
        """The stored bytes."""
        return (self.path / "db1" / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Put these in their place."""
        (self.path / "db1" / name).write_bytes(content)

    def remove(self, name: str) -> None:
        """Lose the file."""
        (self.path / "db1" / name).unlink()

    def discard(self) -> None:
        """Nothing runs."""


class HostPlace(DirectoryPlace):
    """A directory behind a real sshd."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench.make_directory("it's on another host"))
        program = workbench.directory / "there" / "pgpitr"
        self.host = RepositoryHost(workbench, repository=self.path, program=program)
        options = {"name": "db1", "repository_path": "/unused", "agent_path": str(program), "part": "program"}
        workbench.run_module("agent", options)
        self.host.start()

    def item(self) -> dict[str, Any]:
        """What names it in the list."""
        there = {name.partition("_")[2]: value for name, value in self.host.options().items()}
        return {"path": str(self.path), **there}

    def discard(self) -> None:
        """End sshd."""
        self.host.discard()


class BucketPlace:
    """A bucket of a real server."""

    def __init__(self, seaweed: Seaweed, *, bucket: str) -> None:
        self.seaweed = seaweed
        self.bucket = bucket
        self.client = seaweed.client()
        self.client.create_bucket(Bucket=bucket)

    def item(self) -> dict[str, Any]:
        """What names it in the list."""
        return {
            "s3_bucket": self.bucket,
            "s3_endpoint": self.seaweed.endpoint,
            "s3_path_style": True,
            "s3_access_key_id": ACCESS_KEY_ID,
            "s3_secret_access_key": SECRET_ACCESS_KEY,
        }

    def names(self) -> list[str]:
        """Everything that it has of the cluster db1, but for what is hidden, sorted."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix="db1/")
        found = [each["Key"].partition("/")[2] for page in pages for each in page.get("Contents", ())]
        return sorted(name for name in found if not name.rpartition("/")[2].startswith("."))

    def read(self, name: str) -> bytes:
        """The stored bytes."""
        return bytes(self.client.get_object(Bucket=self.bucket, Key=f"db1/{name}")["Body"].read())

    def write(self, name: str, content: bytes) -> None:
        """Put these in their place."""
        self.client.put_object(Bucket=self.bucket, Key=f"db1/{name}", Body=content)

    def remove(self, name: str) -> None:
        """Lose the object."""
        self.client.delete_object(Bucket=self.bucket, Key=f"db1/{name}")

    def discard(self) -> None:
        """The server is everybody's."""


class PlacedSite(Site):
    """A cluster that archives to two places, `first` and `second`."""

    def __init__(
        self, workbench: Workbench, cluster: Cluster, *, places: tuple[Any, Any], options: dict[str, Any]
    ) -> None:
        super().__init__(workbench, cluster, Path("/not/asked"), options)
        self.first, self.second = places

    def archive_all(self) -> None:
        """Switch the segment and wait until it is in both."""
        name = self.cluster.switch_segment()

        def is_there() -> bool:
            return all(any(name in key for key in place.names()) for place in (self.first, self.second))

        self.cluster.wait_until(is_there, what=f"{name} is archived")

    def run(self, command: str, *words: str) -> Any:
        """The installed program, whatever comes of it."""
        argv = [self.options["agent_path"], command, "--cluster", "db1"]
        return self.cluster.os_user.run(
            [*argv, "--config-directory", self.options["config_directory"], *words], check=False
        )


def digest_of(place: Any, name: str) -> str:
    """Of what is stored: of a difference nobody can read the bytes."""
    return hashlib.sha256(place.read(name)).hexdigest()


def spoil(place: Any, name: str) -> str:
    """Change bytes in the middle; the digest of what is stored now."""
    content = bytearray(place.read(name))
    middle = len(content) // 2
    content[middle : middle + 16] = os.urandom(16)
    place.write(name, bytes(content))
    return digest_of(place, name)
