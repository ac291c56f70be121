# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The systemd unit that sees a job through when all of its processes are gone, or the host has crashed."""

from __future__ import annotations

from collections.abc import Sequence

from .unit_syntax import unit_command, unit_path, unit_value, unit_word

_UNIT = """\
# Written by the modules restore and recovery of pgfleet.pitr while a job is at work, and removed at its end.
[Unit]
Description=Brings the restore of {directory} to its end should it be cut off
After={after}
Wants=network-online.target
RequiresMountsFor={mounts}
ConditionPathExists={program}
StartLimitIntervalSec=0

[Service]
ExecStart={command}
SyslogIdentifier=pgpitr
Restart=on-failure
RestartSec=30
KillMode=process
OOMPolicy=continue
UMask=0077

[Install]
WantedBy=multi-user.target
"""
# That of Debian ends when the servers that start at boot have been started; the others are PostgreSQL's own packages'.
_SERVERS = ("postgresql.service", *(f"postgresql-{version}.service" for version in range(14, 20)))
_BEFORE = ("network-online.target", "nss-user-lookup.target", "remote-fs.target")


def guard_name(directory: str) -> str:
    """The name of the unit for a data directory, without its suffix.

    >>> guard_name("/var/lib/pgsql/18/data")
    'pgpitr-guard-var-lib-pgsql-18-data'
    """
    return f"pgpitr-guard-{unit_path(directory)}"


def guard_unit(directory: str, *, command: Sequence[str], service: str | None) -> str:
    """Its text. It starts behind the cluster's own service at boot, where that is named.

    When it ends, nothing else of its control group does: a server that ``pg_ctl`` has started there stays. Without the
    file that is the last word of ``command`` it does not start. Raises InvalidInput (``unit-text-invalid``).
    """
    services = [*_SERVERS]
    # Of Debian's other kind of service, "18/main", the first one takes care.
    if service and "/" not in service:
        services.append(f"{service.removesuffix('.service')}.service")
    return _UNIT.format(
        directory=unit_value(directory),
        after=" ".join(map(unit_value, [*_BEFORE, *services])),
        mounts=unit_word(directory),
        program=unit_value(command[-1]),
        command=unit_command(command),
    )


__all__ = ("guard_name", "guard_unit")
