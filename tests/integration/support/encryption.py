# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of `age`, and a cluster whose archive is encrypted for them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from support.archiving import install_agent, repository_options
from support.cluster import Cluster
from support.restoring import Site
from support.workbench import Workbench


@dataclass(frozen=True)
class AgeKey:
    """An identity as `age-keygen` writes it, and its recipient."""

    identity: str
    recipient: str

    @classmethod
    def make(cls) -> AgeKey:
        """A new one."""
        text = subprocess.run(["age-keygen"], check=True, capture_output=True, text=True).stdout
        found = re.search(r"public key: (\S+)", text)
        assert found
        return cls(text, found.group(1))

    @property
    def secret(self) -> str:
        """The line that nobody may see."""
        return self.identity.splitlines()[-1]


def encrypted_site(workbench: Workbench, cluster: Cluster, repository: Path, *, recipients: Iterable[str]) -> Site:
    """Archiving on, encrypted; no backup yet."""
    options = repository_options(workbench, cluster, repository=repository)
    site = Site(workbench, cluster, repository, options)
    set_recipients(site, recipients)
    workbench.run_module("wal_archive", {**site.options, "allow_restart": True, "archive_timeout_seconds": 3600})
    return site


def set_recipients(site: Site, recipients: Iterable[str]) -> None:
    """Encrypt for others from now on."""
    site.options["repository_age_recipients"] = list(recipients)
    install_agent(site.workbench, site.options)


def kept_identities(cluster: Cluster, key: AgeKey) -> list[str]:
    """Where the account of the cluster has this identity in memory now; other tests keep theirs beside it."""
    own = os.stat(cluster.data.parent).st_uid
    places = [path for path in Path("/dev/shm").glob("pgpitr-*/identity") if path.parent.lstat().st_uid == own]
    return sorted(str(path) for path in places if key.secret in _text_of(path))


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def stored_wal(site: Site) -> list[Path]:
    """Every stored segment."""
    segment = re.compile(r"[0-9A-F]{24}(\.(zst|lz4|gz))?(\.age)?")
    return sorted(path for path in (site.repository / "db1" / "wal").rglob("*") if segment.fullmatch(path.name))
