# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python that this Debian does not have, from the archive of a later release: unpacked in a folder, never installed.

It runs on the C library of its own release, unpacked with it: the program is changed so that it finds it there.
apt works in a folder of its own and checks signatures as ever; nothing of the system is touched, and no root is needed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from places import BuildError
from steps import run_quietly, say, tail

# The releases whose archive has a version.
RELEASES = {"3.14": "forky"}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PROGRAMS = ("apt-get", "dpkg-deb")
APT_SETTINGS = """\
Dir::Etc::SourceList "{folder}/sources.list";
Dir::Etc::SourceParts "{folder}/sources.list.d";
Dir::Etc::PreferencesParts "{folder}/preferences.d";
Dir::State::Lists "{folder}/lists";
Dir::State::Status "{folder}/status";
Dir::State::Extended_States "{folder}/extended_states";
Dir::Cache "{folder}/cache";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
"""


def is_offered(version: str, *, caller: Mapping[str, str]) -> bool:
    """Whether this machine can be expected to get that version: it is Debian, or the caller names an archive."""
    tools = all(shutil.which(name) for name in PROGRAMS) and KEYRING.exists()
    return version in RELEASES and tools and bool(caller.get("PITR_DEBIAN_MIRROR") or _is_debian())


def _is_debian() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text(encoding="utf-8").splitlines()


def recipe(version: str) -> list[str]:
    """What an unpacked Python is made from; another one as soon as that changes."""
    return [version, RELEASES[version], APT_SETTINGS, "2"]


@dataclass(frozen=True)
class Unpacking:
    """One Python on its way into its folder."""

    version: str
    target: Path
    environment: Mapping[str, str]
    log: Path

    def run(self) -> None:
        """Fill the folder; BuildError where the archive does not answer or what it has does not run."""
        say(f"build: Python {self.version} from Debian's {RELEASES[self.version]}")
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            self._prepare_apt(folder)
            self._apt(folder, ["update", "--quiet"])
            wanted = [f"python{self.version}", "patchelf"]
            self._apt(folder, ["install", "--quiet", "--yes", "--download-only", *wanted])
            self.target.mkdir(mode=0o755)
            for package in sorted((folder / "cache" / "archives").glob("*.deb")):
                self._call(["dpkg-deb", "--extract", str(package), str(self.target)])
        self._let_it_find_its_libraries()
        program = str(program_of(self.target, version=self.version))
        self._call([program, "-c", "import ctypes, sqlite3, ssl, venv"])
        # Debian does so when it installs; without, every start would compile what it imports.
        self._call([program, "-m", "compileall", "-q", "-j", "0", str(self.target / "usr" / "lib")])

    def _prepare_apt(self, folder: Path) -> None:
        for name in ("lists/partial", "cache/archives/partial", "sources.list.d", "preferences.d"):
            (folder / name).mkdir(parents=True)
        (folder / "status").touch()
        source = f"deb [signed-by={KEYRING}] {self._archive()} {RELEASES[self.version]} main\n"
        (folder / "sources.list").write_text(source, encoding="utf-8")
        (folder / "apt.conf").write_text(APT_SETTINGS.replace("{folder}", str(folder)), encoding="utf-8")

    def _archive(self) -> str:
        """The address that this machine's own apt takes Debian's packages from."""
        named = self.environment.get("PITR_DEBIAN_MIRROR", "")
        return named or self._known_archive() or self._archive_after_update()

    def _known_archive(self) -> str:
        argv = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(LABEL)", "Created-By: Packages"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, env=dict(self.environment))
        found = [words[0] for line in done.stdout.splitlines() if (words := line.split())[1:] == ["Debian", "Debian"]]
        return found[0] if found else ""

    def _archive_after_update(self) -> str:
        """The same once apt has read its lists, which a new machine has not got yet."""
        if os.geteuid() == 0:
            self._call(["apt-get", "update", "--quiet"])
        found = self._known_archive()
        if not found:
            raise BuildError("apt knows no archive of Debian: run 'apt-get update', or set PITR_DEBIAN_MIRROR")
        return found

    def _let_it_find_its_libraries(self) -> None:
        (loader,) = self.target.glob("usr/lib/*-linux-gnu*/ld-linux*.so.*")
        libraries = str(loader.parent)
        program = str(program_of(self.target, version=self.version))
        patchelf = [str(loader), "--library-path", libraries, str(self.target / "usr" / "bin" / "patchelf")]
        # In two steps: a program that is given both at once does not start.
        self._call([*patchelf, "--force-rpath", "--set-rpath", libraries, program])
        self._call([*patchelf, "--set-interpreter", str(loader), program])

    def _apt(self, folder: Path, arguments: Sequence[str]) -> None:
        self._call(["apt-get", *arguments], more={"APT_CONFIG": str(folder / "apt.conf")})

    def _call(self, argv: Sequence[str], *, more: Mapping[str, str] | None = None) -> None:
        environment = {**self.environment, "DEBIAN_FRONTEND": "noninteractive", **(more or {})}
        done = run_quietly("debian-python", argv, environment=environment, log=self.log)
        if not done.passed:
            raise BuildError(f"{' '.join(argv[:2])} failed:\n{tail(self.log, line_count=15)}")


def program_of(folder: Path, *, version: str) -> Path:
    """The interpreter in the folder."""
    return folder / "usr" / "bin" / f"python{version}"
