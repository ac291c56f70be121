# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment that every tool runs in: the caller's, without what would change the tools' behaviour."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def is_pyenv_shim(directory: str) -> bool:
    """Whether a PATH entry holds pyenv's shims: programs that exist for Pythons that do not."""
    return directory.rstrip("/").endswith("/shims")


def _is_foreign(name: str) -> bool:
    """Whether a variable of the caller's steers Ansible, PostgreSQL or Python."""
    steers_postgres = name.startswith("PG") and not name.startswith("PG_BIN")
    return (
        steers_postgres
        or name.startswith(("ANSIBLE_", "PYTHON", "PYTEST", "MOLECULE_"))
        or name
        in (
            "VIRTUAL_ENV",
            "XDG_CONFIG_HOME",
            "CDPATH",
        )
    )


def clean_path(path: str, *, first: Path) -> str:
    """PATH with the environment's programs first and no pyenv shims."""
    rest = [one for one in path.split(os.pathsep) if one and not is_pyenv_shim(one)]
    # `sbin` holds what Debian keeps from ordinary users' PATH.
    extra = [one for one in ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin") if one not in rest]
    return os.pathsep.join([str(first), *rest, *extra])


def for_tools(caller: Mapping[str, str], *, build: Path) -> dict[str, str]:
    """The environment of every tool, with a home of its own: a caller's may be missing, closed, or full of settings."""
    kept = {name: value for name, value in caller.items() if not _is_foreign(name)}
    config = build / "home" / "ansible.cfg"
    config.touch()
    return {
        **kept,
        "PATH": clean_path(caller.get("PATH", ""), first=build / "venv" / "bin"),
        "HOME": str(build / "home"),
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
        "ANSIBLE_CONFIG": str(config),
        "ANSIBLE_COLLECTIONS_PATH": str(build / "collections"),
        "ANSIBLE_HOME": str(build / "home" / ".ansible"),
        "PITR_BUILD_FOLDER": str(build),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def for_downloads(caller: Mapping[str, str], *, build: Path) -> dict[str, str]:
    """The tools' environment with the caller's own home, for its pip settings and cache, if that can be used."""
    home = caller.get("HOME", "")
    usable = bool(home) and os.path.isdir(home) and os.access(home, os.W_OK | os.X_OK)
    return {**for_tools(caller, build=build), **({"HOME": home} if usable else {})}
