# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The change log of a release, written from the fragments."""

from __future__ import annotations

import re
import shutil
import subprocess

from context import Context
from places import CHECKOUT, BuildError
from steps import Outcome, say

FILES = ("changelogs/changelog.yaml", "CHANGELOG.rst")


def changelog(context: Context) -> list[Outcome]:
    """Write the release of galaxy.yml's version from the fragments, anew as long as it has no tag."""
    version = _version()
    if _is_released(version):
        raise BuildError(f"version {version} is released, there is a tag of it: raise the version in galaxy.yml first")
    context.need_python("run", "test")
    tree = context.need_sources("changelog")
    argv = [context.program("antsibull-changelog"), "release", "--update-existing", "--refresh", "--reload-plugins"]
    outcome = context.run("changelog", argv, cwd=tree, extra={"ANSIBLE_COLLECTIONS_PATH": str(tree.parents[2])})
    if outcome.passed:
        for name in FILES:
            shutil.copyfile(tree / name, CHECKOUT / name)
        say(f"changelog: {', '.join(FILES)} tell of version {version}")
    return [outcome]


def _version() -> str:
    found = re.search(r"^version: *(\S+)$", (CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise BuildError("galaxy.yml has no line 'version: …'")
    return found.group(1)


def _is_released(version: str) -> bool:
    """Whether git has a tag of the version; without git nobody knows."""
    argv = ["git", "-c", "safe.directory=*", "tag", "--list", version, f"v{version}"]
    try:
        done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return bool(done.stdout.strip())
