# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's package source, from the machine's own apt configuration."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import NotPossibleError
from .process import run

__all__ = ["NEEDED", "debian_source", "install_tools"]

# The command and the package of Debian that has it.
NEEDED = {
    "podman": "podman",
    "crun": "crun",
    "debootstrap": "debootstrap",
    "/usr/lib/podman/netavark": "netavark",
    "/usr/lib/podman/aardvark-dns": "aardvark-dns",
    "iptables": "iptables",
    "ssh": "openssh-client",
    "nsenter": "util-linux",
}


def debian_source() -> str:
    """The address of Debian's archive: ``PITR_DEBIAN_MIRROR``, else the machine's own.

    NotPossibleError where the machine has none.
    """
    named = os.environ.get("PITR_DEBIAN_MIRROR", "")
    if named:
        return named
    lines = run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(LABEL)", "Created-By: Packages"], check=False
    ).splitlines()
    for line in lines:
        words = line.split()
        if words[1:] == ["Debian", "Debian"]:
            return words[0]
    raise NotPossibleError(
        "apt on this machine names no archive of Debian; run 'apt-get update' or name one in PITR_DEBIAN_MIRROR"
    )


def missing_packages() -> list[str]:
    """The packages of Debian whose commands are not on this machine."""
    search = [*os.environ.get("PATH", os.defpath).split(os.pathsep), "/usr/sbin", "/sbin"]
    return [
        package
        for command, package in NEEDED.items()
        if not any(os.access(Path(folder, command), os.X_OK) for folder in search)
    ]


def install_tools() -> None:
    """Installs what is missing where this is root on Debian.

    NotPossibleError, naming what is missing, where that cannot be done.
    """
    packages = missing_packages()
    if not packages:
        return
    if os.geteuid() != 0 or not os.access("/usr/bin/apt-get", os.X_OK):
        raise NotPossibleError(f"missing on this machine: {', '.join(packages)}")
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    run(["apt-get", "update", "-q"], timeout_seconds=300)
    run(install, timeout_seconds=900)
