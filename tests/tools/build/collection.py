# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as users get it: built by ansible-galaxy and installed; and a copy of the sources for the checks."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import environment
from places import CHECKOUT, COLLECTION, BuildError
from stamps import Stamps, fingerprint
from steps import run_quietly, tail

ARTIFACTS = "pgfleet-pitr-*.tar.gz"
NOT_SOURCES = {
    ".build",
    ".quickstart",
    ".quickstart-s3",
    ".git",
    ".ansible",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
    ".venv",
}


def sources() -> list[Path]:
    """The checkout's files, relative: those that git knows or would know; without git, all but caches."""
    argv = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, check=True)
        names: Iterator[str] = (os.fsdecode(one) for one in done.stdout.split(b"\0") if one)
    except (OSError, subprocess.CalledProcessError):
        names = _walk()
    return sorted(Path(name) for name in set(names) if (CHECKOUT / name).is_file())


def _walk() -> Iterator[str]:
    for folder, folders, files in os.walk(CHECKOUT):
        folders[:] = [one for one in folders if one not in NOT_SOURCES]
        for name in files:
            yield os.path.relpath(os.path.join(folder, name), CHECKOUT)


def copy_sources(build: Path, *, name: str = "tree") -> Path:
    """A copy of the sources at `…/ansible_collections/pgfleet/pitr`, where checks may leave their files."""
    target = build / name / COLLECTION
    wanted = set(sources())
    present = {path.relative_to(target) for path in target.rglob("*") if path.is_file() or path.is_symlink()}
    for gone in {path for path in present - wanted if path.parts[0] != ".git"}:
        (target / gone).unlink()
    for path in wanted:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        if _differs(CHECKOUT / path, target / path):
            shutil.copy2(CHECKOUT / path, target / path)
    for folder in sorted((path for path in target.rglob("*") if path.is_dir()), reverse=True):
        if ".git" not in folder.parts and not any(folder.iterdir()):
            folder.rmdir()
    return target


def _differs(source: Path, copy: Path) -> bool:
    if not copy.is_file():
        return True
    ours, theirs = source.stat(), copy.stat()
    return (ours.st_size, ours.st_mtime_ns, ours.st_mode) != (theirs.st_size, theirs.st_mtime_ns, theirs.st_mode)


def ensure_installed(build: Path) -> Path:
    """The path for ANSIBLE_COLLECTIONS_PATH, with the collection as it is now built and installed in it."""
    stamps = Stamps(build)
    tree = copy_sources(build)
    names = [path for path in sources() if not path.parts[0].startswith(".")]
    value = fingerprint(part for path in names for part in (str(path), tree / path))
    link = build / "collections"
    if stamps.is_current("collection", value) and (link / COLLECTION / "MANIFEST.json").exists():
        return link
    folder = build / "installed" / value
    shutil.rmtree(folder, ignore_errors=True)
    built = _build(tree, folder / "artifact", build=build)
    _galaxy(["install", str(built), "-p", str(folder), "--no-deps", "--offline", "--force"], cwd=folder, build=build)
    _switch(link, folder)
    stamps.set("collection", value)
    _forget_old(build / "installed", keep=folder)
    return link


def artifact(build: Path) -> Path:
    """The file from which the collection that is installed now was installed: what is uploaded to Galaxy."""
    (found,) = (build / "collections").resolve().joinpath("artifact").glob(ARTIFACTS)
    return found


def _build(tree: Path, folder: Path, *, build: Path) -> Path:
    folder.mkdir(parents=True)
    _galaxy(["build", "--force", "--output-path", str(folder)], cwd=tree, build=build)
    (built,) = folder.glob(ARTIFACTS)
    return built


def _galaxy(arguments: list[str], *, cwd: Path, build: Path) -> None:
    log = build / "logs" / "collection.log"
    argv = [str(build / "venv" / "bin" / "ansible-galaxy"), "collection", *arguments]
    done = run_quietly("collection", argv, environment=environment.for_tools(os.environ, build=build), log=log, cwd=cwd)
    if not done.passed:
        raise BuildError(f"ansible-galaxy collection {arguments[0]} failed:\n{tail(log, line_count=40)}")


def _switch(link: Path, folder: Path) -> None:
    """Let `link` name the new installation at once: a test run that is under way never sees half of one."""
    fresh = link.with_name("collections.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(os.path.relpath(folder, link.parent))
    fresh.replace(link)


def _forget_old(installed: Path, *, keep: Path) -> None:
    others = sorted((one for one in installed.iterdir() if one != keep), key=lambda one: one.stat().st_mtime)
    for old in others[:-3]:
        shutil.rmtree(old, ignore_errors=True)
