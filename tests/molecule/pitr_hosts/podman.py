# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""podman with storage, networks and settings of its own, so that the machine's containers and ours do not meet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .namespace import MountNamespace, may_raise_limits
from .place import Place
from .process import run, run_logged

__all__ = ["Podman"]

CONFIGURATION = Path(__file__).resolve().parent.parent / "containers.conf"


class Podman:
    """One podman; a method for each thing that is wanted of it."""

    def __init__(self, place: Place, *, namespace: MountNamespace) -> None:
        self._place = place
        self._namespace = namespace
        self._env = {"CONTAINERS_CONF": str(CONFIGURATION)}

    def argv(self, *words: str, host: str = "") -> list[str]:
        """The argument list that runs podman with ``words``, inside the mount namespace where one is needed.

        There a host that is started belongs to a cgroup of its own, ``host``: else the services of all hosts shared
        the cgroups of their names, and one host's systemd would end what another one's runs.
        """
        place = self._place
        places = ["--root", str(place.storage), "--runroot", str(place.state / "containers")]
        places += ["--tmpdir", str(place.state / "libpod"), "--network-config-dir", str(place.networks)]
        argv = ["env", *(f"{k}={v}" for k, v in self._env.items()), "podman", *places, *words]
        return self._namespace.entered(argv, cgroup=host)

    def run(self, *words: str, timeout_seconds: int = 120, check: bool = True, host: str = "") -> str:
        """What podman printed."""
        return run(self.argv(*words, host=host), timeout_seconds=timeout_seconds, check=check)

    def cgroup_options(self, host: str) -> list[str]:
        """Options that give a host its part of the cgroup file system, where podman does not do it by itself."""
        if not self._namespace.needed:
            return []
        return ["--cgroupns=private", "-v", f"{self._namespace.cgroup_directory(host)}:/sys/fs/cgroup:rw"]

    def forget_cgroup(self, host: str) -> None:
        """Removes the cgroup of a host that has ended."""
        self._namespace.remove_cgroup(host)

    @contextmanager
    def frozen(self, host: str) -> Iterator[None]:
        """No process of the host runs meanwhile, where its cgroup is known here; it can be killed all the same."""
        self._namespace.freeze_cgroup(host, is_frozen=True)
        try:
            yield
        finally:
            self._namespace.freeze_cgroup(host, is_frozen=False)

    def run_logged(self, *words: str, log_path: Path, timeout_seconds: int) -> None:
        """Runs podman with its output in a log."""
        run_logged(self.argv(*words), log_path=log_path, timeout_seconds=timeout_seconds)

    def objects(self, *words: str) -> list[dict[str, Any]]:
        """What podman printed as JSON: a list of objects."""
        found: list[dict[str, Any]] = json.loads(self.run(*words) or "[]") or []
        return found

    def has_image(self, tag: str) -> bool:
        """Whether the image is there."""
        return any(tag in (image.get("Names") or []) for image in self.objects("images", "--format", "json"))

    @staticmethod
    def limits() -> list[str]:
        """Options that let a container start where this process may not raise limits."""
        if may_raise_limits():
            return []
        nofile, nproc = "nofile=10000:10000", "nproc=10000:10000"
        return ["--cgroups=disabled", "--pids-limit=0", "--ulimit", nofile, "--ulimit", nproc]
