# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who else can write to a repository puts links in the place of its files: nothing of what they lead to is told."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from support.restoring import Site, lay_out

pytestmark = pytest.mark.versions(15)

SECRET = "canary-secret"
# As a password file, a history and a checksum are; and as JSON.
LINES = f"*:*:*:postgres:{SECRET}\n1\t0/5000000\t{SECRET}\n00000000 {SECRET}\n{SECRET}"
JSON = f'{{"{SECRET}": "{SECRET}"}}\n'


def test_what_links_lead_to_is_told_by_nothing_that_reads_the_repository(workbench, cluster, repository):
    site = Site.make(workbench, cluster, repository)
    places = lay_out(site)
    place = {"name": "db1", "repository_path": str(repository)}
    # A backup's record, manifest and archive; a segment, a history, a checksum; the cluster's own files, and pins.
    site.restore(**places.target("time"))
    workbench.run_module("backup_verify", place)
    secret = workbench.directory / "secret"
    told = {}
    for path in representatives(repository / "db1"):
        aside = path.rename(workbench.directory / "aside")
        path.symlink_to(secret)
        for text in (LINES, JSON) if path.suffix == ".json" else (LINES,):
            secret.write_text(text, encoding="utf-8")
            cluster.os_user.own(secret)
            for module in ("backup_info", "backup_verify"):
                with contextlib.suppress(AssertionError):
                    workbench.run_module(module, place)
                assert workbench.last_run is not None
                said = workbench.last_run.describe()
                if SECRET in said:
                    told[str(path.relative_to(repository)), module] = said
            assert secret.read_text(encoding="utf-8") == text
        aside.replace(path)
    assert told == {}


def representatives(folder: Path) -> list[Path]:
    """One file of each kind."""
    found: dict[tuple[str, str], Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.setdefault((path.relative_to(folder).parts[0], "".join(path.suffixes) or path.name), path)
    return [*found.values()]
