# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore opens and lists, counted: each thing once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.module_run import ModuleRun
from support.restoring import Site, lay_out

# Python reports what it opens and lists before it does; a module is a Python process with no others below it.
HOOK = """
import os, sys
_log = os.open(os.environ["PITR_OPENED"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
def _note(event, arguments, _busy=[False]):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], str) and not _busy[0]:
        _busy[0] = True
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
        os.write(_log, f"{'write' if writes else event} {arguments[0]}\\n".encode("utf-8", "replace"))
        _busy[0] = False
sys.addaudithook(_note)
"""


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


class Opened:
    """Runs modules and counts what they open."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._hook = site.workbench.make_directory("hook")
        (self._hook / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
        self._log = self._hook / "opened"

    def run(self, module: str, **options: object) -> tuple[ModuleRun, Counter[str]]:
        self._log.unlink(missing_ok=True)
        environment = {"PYTHONPATH": str(self._hook), "PITR_OPENED": str(self._log)}
        base = self._site.options if module == "restore" else self._site.recovery_options
        done = self._site.workbench.run_module(module, {**base, **options}, environment=environment)
        return done, Counter(self._log.read_text(encoding="utf-8").splitlines())


def reads(opened: Counter[str], *, end: str) -> Iterator[int]:
    """How often each file with this end of its path was opened to be read."""
    return (count for line, count in opened.items() if line.startswith("open ") and line.endswith(end))


@pytest.mark.versions(18)
def test_journal_manifest_and_archive_are_read_once(site: Site) -> None:
    """With a tablespace, whose size the plan takes from the manifest that the extraction needs too."""
    space = site.workbench.make_directory("space")
    site.cluster.sql(f"CREATE TABLESPACE apart LOCATION '{space}'")
    places = lay_out(site)
    site.restore(**places.target("xid"))
    target = places.target("time")
    counted, wal = Opened(site), site.repository / "db1" / "wal"
    wanted = site.confirmation(target)

    for options, manifests in (({"state": "planned"}, 1), ({"confirm": wanted}, 1)):
        # PostgreSQL archives more while the module stops it.
        listed = {str(path): 1 for path in directories(wal)}
        done, opened = counted.run("restore", **target, **options)
        label = done["plan"]["backup"]
        assert list(reads(opened, end=".pitr-journal.json")) == [1]
        assert list(reads(opened, end=f"{label}/backup_manifest")) == [manifests]
        assert list(reads(opened, end=f"{label}/backup.json")) == [1 if options.get("state") else 2], "held as well"
        assert listings(opened, below=wal) == listed

    done, opened = counted.run("recovery")
    assert done["state"] == "promoted"
    assert list(reads(opened, end=".pitr-journal.json")) == [1]


def directories(root: Path) -> list[Path]:
    return [root, *(path for path in root.rglob("*") if path.is_dir())]


def listings(opened: Counter[str], *, below: Path) -> dict[str, int]:
    """How often each directory of the archive was listed."""
    found: Counter[str] = Counter()
    for line, count in opened.items():
        event, _unused, path = line.partition(" ")
        if event in ("os.listdir", "os.scandir") and (path + "/").startswith(f"{below}/"):
            found[path] += count
    return dict(found)
