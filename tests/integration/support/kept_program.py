# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed program, kept from one test of a process for the next ones that want the same.

The module `agent` compiles the whole program, which takes a second of a processor. A test of the workbench shows that
the module finds nothing to change in what is laid out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.workbench import Workbench

_PLACE = "{here}"
_PORT = "port = {port}\n"


@dataclass(frozen=True)
class _Kept:
    program: bytes
    configuration: str


_KEPT: dict[tuple[tuple[str, str], ...], _Kept] = {}


def lay_out(workbench: Workbench, options: Mapping[str, Any]) -> bool:
    """Write program and configuration as the module wrote them for the same options elsewhere; `False`: not yet."""
    kept = _KEPT.get(_key(workbench, options))
    port = _port(workbench, options)
    program, configuration = _files(options)
    if kept is None or port is None or program.exists() or configuration.parent.exists():
        return False
    if not Path(options["repository_path"]).is_dir():
        return False
    configuration.parent.mkdir(mode=0o755)
    program.write_bytes(kept.program)
    text = kept.configuration.replace(_PORT, _PORT.format(port=port))
    configuration.write_text(text.replace(_PLACE, str(workbench.directory)), encoding="utf-8")
    for path, mode in ((configuration.parent, 0o755), (program, 0o755), (configuration, 0o640)):
        workbench.os_user.own(path)
        path.chmod(mode)
    return True


def keep(workbench: Workbench, options: Mapping[str, Any]) -> None:
    """Keep what the module has installed."""
    port = _port(workbench, options)
    program, configuration = _files(options)
    text = configuration.read_text(encoding="utf-8").replace(str(workbench.directory), _PLACE)
    if port is not None and _PORT.format(port=port) in text:
        _KEPT[_key(workbench, options)] = _Kept(program.read_bytes(), text.replace(_PORT.format(port=port), _PORT))


def _files(options: Mapping[str, Any]) -> tuple[Path, Path]:
    return Path(options["agent_path"]), Path(options["config_directory"]) / f"{options['name']}.conf"


def _key(workbench: Workbench, options: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        sorted((name, str(value).replace(str(workbench.directory), _PLACE)) for name, value in options.items())
    )


def _port(workbench: Workbench, options: Mapping[str, Any]) -> int | None:
    """The port of the cluster that is meant; `None`: it is none of the workbench's, or does not run."""
    found = [one for one in workbench.clusters if str(one.data) == options.get("data_directory") and one.is_running()]
    return found[0].port if found else None
