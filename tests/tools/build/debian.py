# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's packages that the integration tests need, installed where root runs them."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

from places import BuildError
from steps import run_quietly, say, tail

# libisal2 is there for these processors only, and what uses it does without.
PACKAGES = (
    "postgresql",
    "openssh-server",
    "strace",
    "zstd",
    "lz4",
    "age",
    *(("libisal2",) if platform.machine() in ("x86_64", "aarch64") else ()),
)
CREATE_CLUSTER_SETTINGS = Path("/etc/postgresql-common/createcluster.conf")


def is_ours_to_install() -> bool:
    """Whether this is Debian or a relative, and we are root."""
    return os.geteuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def ensure_packages(build: Path, *, more: tuple[str, ...] = ()) -> None:
    """Install what is missing; without a `main` cluster, unless PostgreSQL is there already."""
    missing = [name for name in (*PACKAGES, *more) if not _is_installed(name)]
    if "postgresql" in missing and any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        missing.remove("postgresql")
    if not missing:
        return
    say(f"build: installing Debian's {', '.join(missing)}")
    _apt(["update", "--quiet"], build=build)
    if "postgresql" in missing:
        _apt(["install", "--yes", "--no-install-recommends", "postgresql-common"], build=build)
        _create_no_main_cluster()
    _apt(["install", "--yes", "--no-install-recommends", *missing], build=build)


def _is_installed(package: str) -> bool:
    argv = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout == "installed"


def _create_no_main_cluster() -> None:
    """Tell postgresql-common not to make and start a cluster that nobody asked for."""
    old = CREATE_CLUSTER_SETTINGS.read_text(encoding="utf-8") if CREATE_CLUSTER_SETTINGS.exists() else ""
    kept = [line for line in old.splitlines() if "create_main_cluster" not in line]
    CREATE_CLUSTER_SETTINGS.write_text("\n".join([*kept, "create_main_cluster = false"]) + "\n", encoding="utf-8")


def _apt(arguments: list[str], *, build: Path) -> None:
    log = build / "logs" / "apt.log"
    # The configuration file that _create_no_main_cluster changed must not raise a question.
    argv = ["apt-get", "-o", "Dpkg::Options::=--force-confold", *arguments]
    done = run_quietly("apt", argv, environment={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, log=log)
    if not done.passed:
        raise BuildError(f"apt-get {' '.join(arguments)} failed:\n{tail(log, line_count=30)}")
