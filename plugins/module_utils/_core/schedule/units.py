# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The systemd units that run the jobs of one cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .job import COPY_JOB, EXPIRE_JOB, FULL_JOB, INCREMENTAL_JOB, VERIFY_JOB
from .unit_syntax import unit_command, unit_value, unit_word

_HEADER = "# Written by the module pgfleet.pitr.timers, which replaces what is changed here; drop-ins stay.\n"
_DOES = {
    FULL_JOB: "Full base backup",
    INCREMENTAL_JOB: "Incremental base backup",
    VERIFY_JOB: "Verification of the backups",
    EXPIRE_JOB: "Retention of the backups",
    COPY_JOB: "Copy to further repositories",
}

# No sandboxing that needs a mount namespace: the repository, the sockets and the data directory may be anywhere, and in
# many containers such a unit can't start. Most of a backup's work is done by the server's own processes anyway.
_SERVICE = """\
Type=oneshot
User={user}
Group={group}
UMask=0077
ExecStart={command}
SyslogIdentifier=pgpitr
TimeoutStartSec=infinity
KillMode=mixed
Nice=10
IOSchedulingClass=best-effort
IOSchedulingPriority=7
NoNewPrivileges=true
CapabilityBoundingSet=
LockPersonality=true
RestrictRealtime=true
RestrictSUIDSGID=true
"""


@dataclass(frozen=True)
class UnitOwner:
    """The cluster of the units: its name, operating system user and group, repository, and the unit that runs its
    server (``None``: no unit does)."""

    cluster_name: str
    user: str
    group: str
    repository_path: str
    server_unit: str | None = None


@dataclass(frozen=True)
class UnitFile:
    """A unit's name and text."""

    name: str
    text: str


def unit_name(job: str, *, cluster_name: str, kind: str) -> str:
    """The name of a unit; ``kind`` is ``service`` or ``timer``.

    >>> unit_name("full", cluster_name="db-1.example", kind="timer")
    'pgpitr-full-db-1.example.timer'

    Every character that is allowed in a cluster's name needs no escaping in a unit's name. Source:
    systemd.unit(5), "the unit name prefix".
    """
    return f"pgpitr-{job}-{cluster_name}.{kind}"


def service_unit(job: str, *, owner: UnitOwner, command: Sequence[str]) -> UnitFile:
    """The unit that runs the job once. systemd never starts it while it is still running.

    It requires the mounts of the repository, and at boot it is started after the server. Raises
    InvalidInput (``unit-text-invalid``).
    """
    after = f"After={unit_value(owner.server_unit)}\n" if owner.server_unit else ""
    service = _SERVICE.format(user=unit_value(owner.user), group=unit_value(owner.group), command=unit_command(command))
    text = (
        f"{_HEADER}[Unit]\nDescription={_DOES[job]} of the PostgreSQL cluster {owner.cluster_name}\n"
        f"RequiresMountsFor={unit_word(owner.repository_path)}\n{after}\n[Service]\n{service}"
    )
    return UnitFile(unit_name(job, cluster_name=owner.cluster_name, kind="service"), text)


def timer_unit(job: str, *, cluster_name: str, calendar: str, random_delay_seconds: int) -> UnitFile:
    """The timer unit: it elapses at the times of ``calendar``, with a random delay of up to this many seconds.

    A time that was missed while the host was down is caught up on after boot. The delay differs between hosts and jobs,
    and stays the same for each (since systemd 247).
    """
    delay = f"RandomizedDelaySec={random_delay_seconds}s\nFixedRandomDelay=true\n" if random_delay_seconds else ""
    text = (
        f"{_HEADER}[Unit]\nDescription={_DOES[job]} of the PostgreSQL cluster {cluster_name}, by the calendar\n\n"
        f"[Timer]\nOnCalendar={calendar}\n{delay}Persistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
    return UnitFile(unit_name(job, cluster_name=cluster_name, kind="timer"), text)


__all__ = ("UnitFile", "UnitOwner", "service_unit", "timer_unit", "unit_name")
