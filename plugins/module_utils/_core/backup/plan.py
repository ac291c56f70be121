# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request for a base backup, and the plan made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from ..catalogue.record import FULL, Backup
from ..catalogue.server_faults import SERVER_FAULT_NAMES
from ..errors import InvalidInput
from .compression import BackupCompression
from .pg_basebackup import FAST
from .server_facts import BackupFacts
from .spool_limit import SPOOL_LEAST_BYTES, SPOOL_MAX_BYTES
from .type_decision import AUTO, ChainLimits, TypeDecision

# A little more than last time; without a last time a compressed backup is assumed to take a third of the cluster.
_GROWTH = 1.1
_USUAL_SHARE = 1 / 3

_DAY_SECONDS = 86400
STANDBY_WAIT_SECONDS = 300
# Seconds up to a hundred years; the rate's limits are pg_basebackup's own.
REQUEST_RANGES = {
    "max_age_seconds": (0, 36525 * _DAY_SECONDS),
    "timeout_seconds": (0, 36525 * _DAY_SECONDS),
    "max_rate_kib": (32, 1048576),
    "standby_wait_seconds": (0, 36525 * _DAY_SECONDS),
    "spool_max_bytes": (SPOOL_LEAST_BYTES, 1 << 50),
}
LIMIT_RANGES = {
    "full_every_days": (0, 36525),
    "max_incrementals": (0, 100000),
    "max_chain_percent": (0, 100000),
}


@dataclass(frozen=True)
class BackupRequest:
    """The request. ``timeout_seconds`` 0 means no limit, ``max_rate_kib`` is in KiB per second.

    ``standby_wait_seconds`` is how long a backup of a standby waits until the primary has archived its WAL,
    ``accepted_faults`` are names of :data:`SERVER_FAULTS` with which chains are extended all the same.
    ``spool_max_bytes`` is the most of the backup that lies on this host before it is sent or encrypted.
    """

    type: str = AUTO
    max_age_seconds: int = 0
    compression: str = AUTO
    checkpoint: str = FAST
    timeout_seconds: int = 0
    max_rate_kib: int | None = None
    limits: ChainLimits = field(default_factory=ChainLimits)
    allow_standby: bool = False
    standby_wait_seconds: int = STANDBY_WAIT_SECONDS
    accepted_faults: tuple[str, ...] = ()
    spool_max_bytes: int = SPOOL_MAX_BYTES


@dataclass(frozen=True)
class BackupPlan:
    """The decision, the server's facts, the compressions to try in order, and the manifest's checksum algorithm.

    ``needed_bytes`` is an estimate of the backup's size in the repository, ``needed_by_full_bytes`` of that of a full
    one; ``None`` if unknown. ``left_out`` are links in the data directory that no backup has, and that are not data,
    ``kept`` what a restore keeps in it.
    """

    request: BackupRequest
    decision: TypeDecision
    facts: BackupFacts
    compressions: tuple[BackupCompression, ...]
    checksums: str
    needed_bytes: int | None
    needed_by_full_bytes: int | None
    left_out: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps, one sentence each; none if a recent backup exists."""
        if self.decision.type is None:
            return ()
        article = "a" if self.decision.type == FULL else "an"
        return (f"take {article} {self.decision.type} backup: {self.decision.reason}",)


def check_backup_request(request: BackupRequest) -> None:
    """Return if the request makes sense. Raises InvalidInput (``option-out-of-range``, ``fault-unknown``)."""
    asked = {**{name: getattr(request, name) for name in REQUEST_RANGES}, **asdict(request.limits)}
    for name, (least, most) in {**REQUEST_RANGES, **LIMIT_RANGES}.items():
        value = asked[name]
        if value is not None and not least <= value <= most:
            raise InvalidInput(
                f"{name} is {value}, but must be {least} to {most}",
                code="option-out-of-range",
                hint=f"Correct '{name}' (its role variable begins with 'pitr_backup_').",
            )
    for name in request.accepted_faults:
        if name not in SERVER_FAULT_NAMES:
            raise InvalidInput(
                f"'{name}' is no fault of PostgreSQL that is known",
                code="fault-unknown",
                hint=f"'pitr_backup_accepted_faults' takes {', '.join(SERVER_FAULT_NAMES)}.",
            )


def estimate_stored_bytes(size_bytes: int | None, *, compression: str, backups: Sequence[Backup]) -> int | None:
    """The size of a full backup of a cluster of this size, estimated from the newest one with the same compression.

    >>> estimate_stored_bytes(3000, compression="zstd", backups=())
    1000
    """
    if size_bytes is None:
        return None
    if compression == "none":
        return int(size_bytes * _GROWTH)
    for backup in reversed(backups):
        if backup.type == FULL and backup.compression == compression and backup.size_bytes > 0:
            return int(size_bytes * backup.stored_bytes / backup.size_bytes * _GROWTH)
    return int(size_bytes * _USUAL_SHARE)


__all__ = (
    "LIMIT_RANGES",
    "REQUEST_RANGES",
    "STANDBY_WAIT_SECONDS",
    "BackupPlan",
    "BackupRequest",
    "check_backup_request",
    "estimate_stored_bytes",
)
