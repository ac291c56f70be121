# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who starts and stops a cluster on this host."""

from __future__ import annotations

import os
import re
import shutil

from ..._core.postgres.cluster import PG_CTL, PG_CTLCLUSTER, SYSTEMD, ServiceName
from ..host.runner import Runner
from .candidates import Candidate

_DEBIAN_NAME = re.compile(r"[0-9.]+/.+")
_ENVIRONMENT_WORD = re.compile(r'"([^"]*)"|(\S+)')


def service_of(candidate: Candidate, *, version: int, given: str | None, systemd: bool, runner: Runner) -> ServiceName:
    """The cluster's service: as given, else the unit that runs it, else the one its packages made, else ``pg_ctl``.

    ``systemd`` says whether it runs this host. A server that was not started by its unit does not belong to it:
    systemd would not stop it.
    """
    if given:
        return _named(given)
    if systemd:
        unit = _owning_unit(candidate, version=version, runner=runner)
        if unit is not None:
            return ServiceName(SYSTEMD, unit)
    if candidate.debian_name is not None and shutil.which("pg_ctlcluster"):
        return ServiceName(PG_CTLCLUSTER, candidate.debian_name)
    return ServiceName(PG_CTL)


def _named(given: str) -> ServiceName:
    if given == PG_CTL:
        return ServiceName(PG_CTL)
    if _DEBIAN_NAME.fullmatch(given):
        return ServiceName(PG_CTLCLUSTER, given)
    return ServiceName(SYSTEMD, given.removesuffix(".service"))


def _owning_unit(candidate: Candidate, *, version: int, runner: Runner) -> str | None:
    if candidate.postmaster is not None:
        unit = candidate.postmaster.unit
        return unit if unit and _main_pid(unit, runner=runner) == candidate.postmaster.pid else None
    if candidate.debian_name is not None:
        return "postgresql@" + candidate.debian_name.replace("/", "-")
    for unit in (f"postgresql-{version}", "postgresql"):
        if _unit_data_directory(unit, runner=runner) == candidate.data_directory:
            return unit
    return None


def _main_pid(unit: str, *, runner: Runner) -> int:
    shown = runner.run(["systemctl", "show", "--property=MainPID", "--value", f"{unit}.service"], check=False)
    text = shown.stdout.strip()
    return int(text) if text.isdigit() else 0


def _unit_data_directory(unit: str, *, runner: Runner) -> str | None:
    # RHEL's units name the data directory in their environment: Environment=PGDATA=/var/lib/pgsql/17/data/
    shown = runner.run(["systemctl", "show", "--property=Environment", "--value", f"{unit}.service"], check=False)
    for quoted, plain in _ENVIRONMENT_WORD.findall(shown.stdout):
        name, _unused, value = (quoted or plain).partition("=")
        if name == "PGDATA" and value:
            return str(os.path.realpath(value))
    return None


__all__ = ("service_of",)
