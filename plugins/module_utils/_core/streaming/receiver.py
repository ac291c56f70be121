# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that receive a cluster's WAL and remove what is archived, and the systemd units that run them."""

from __future__ import annotations

from dataclasses import dataclass

from ..schedule.unit_syntax import unit_command, unit_value, unit_word
from ..schedule.units import UnitFile
from .connection import SERVICE

_HEADER = "# Written by the module pgfleet.pitr.wal_receiver, which replaces what is changed here; drop-ins stay.\n"
# As in the units of the timers: no sandboxing that needs a mount namespace, which in many containers a unit can't have.
_HARDENED = """\
UMask=0077
NoNewPrivileges=true
CapabilityBoundingSet=
LockPersonality=true
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
SystemCallArchitectures=native
"""


@dataclass(frozen=True)
class Receiver:
    """Whose WAL is received, by which program, slot and service file, into which directory, as which user and group.

    ``prune`` is the command that removes what is archived, and ``calendar`` when; ``None``: nothing removes it.
    """

    cluster_name: str
    program: str
    slot: str
    service_file: str
    directory: str
    user: str
    group: str
    prune: tuple[str, ...] | None = None
    calendar: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What the commands need of it."""
        return {"PGSERVICEFILE": self.service_file, "LC_ALL": "C"}

    @property
    def create_slot(self) -> tuple[str, ...]:
        """What makes the slot where it is missing: after a failover, the new primary has none."""
        return (*self._program(), "--create-slot", "--if-not-exists")

    @property
    def receive(self) -> tuple[str, ...]:
        """What receives. It ends when the connection does, so that it begins with the slot again."""
        return (*self._program(), "--synchronous", "--no-loop", "--directory", self.directory)

    def _program(self) -> tuple[str, ...]:
        return (self.program, "--no-password", "--slot", self.slot, "--dbname", f"service={SERVICE}")


def stream_unit_name(cluster_name: str) -> str:
    """The unit that receives."""
    return f"pgpitr-stream-{cluster_name}.service"


def prune_unit_name(cluster_name: str, *, kind: str) -> str:
    """The unit that removes what is archived; ``kind`` is ``service`` or ``timer``."""
    return f"pgpitr-prune-{cluster_name}.{kind}"


def receiver_units(receiver: Receiver) -> tuple[UnitFile, ...]:
    """The units. Raises InvalidInput (``unit-text-invalid``)."""
    units = [UnitFile(stream_unit_name(receiver.cluster_name), _stream_text(receiver))]
    if receiver.prune is not None:
        for kind, text in (("service", _prune_text(receiver, receiver.prune)), ("timer", _timer_text(receiver))):
            units.append(UnitFile(prune_unit_name(receiver.cluster_name, kind=kind), text))
    return tuple(units)


def _stream_text(receiver: Receiver) -> str:
    environment = "".join(
        f"Environment={unit_word(f'{name}={value}')}\n" for name, value in receiver.environment.items()
    )
    return (
        f"{_HEADER}[Unit]\nDescription=Streamed WAL of the PostgreSQL cluster {receiver.cluster_name}\n"
        f"Wants=network-online.target\nAfter=network-online.target\n"
        f"RequiresMountsFor={unit_word(receiver.directory)}\nStartLimitIntervalSec=0\n\n"
        f"[Service]\n{_account(receiver)}{environment}"
        f"ExecStartPre={unit_command(receiver.create_slot)}\nExecStart={unit_command(receiver.receive)}\n"
        f"Restart=always\nRestartSec=5\nSyslogIdentifier=pgpitr-stream\n{_HARDENED}MemoryDenyWriteExecute=true\n\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )


def _prune_text(receiver: Receiver, command: tuple[str, ...]) -> str:
    return (
        f"{_HEADER}[Unit]\nDescription=Removal of archived WAL that was streamed of the PostgreSQL cluster"
        f" {receiver.cluster_name}\nRequiresMountsFor={unit_word(receiver.directory)}\n\n"
        f"[Service]\nType=oneshot\n{_account(receiver)}ExecStart={unit_command(command)}\n"
        f"SyslogIdentifier=pgpitr\nTimeoutStartSec=infinity\nNice=10\n"
        f"{_HARDENED}"
    )


def _timer_text(receiver: Receiver) -> str:
    return (
        f"{_HEADER}[Unit]\nDescription=Removal of archived WAL of the PostgreSQL cluster {receiver.cluster_name},"
        f" by the calendar\n\n[Timer]\nOnCalendar={receiver.calendar}\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )


def _account(receiver: Receiver) -> str:
    return f"User={unit_value(receiver.user)}\nGroup={unit_value(receiver.group)}\n"


__all__ = ("Receiver", "prune_unit_name", "receiver_units", "stream_unit_name")
