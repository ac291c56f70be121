# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request for a base backup."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from ..catalogue.record import FULL, INCREMENTAL
from ..catalogue.server_faults import SERVER_FAULT_NAMES
from ..errors import InvalidInput
from .pg_basebackup import FAST
from .spool_limit import SPOOL_LEAST_BYTES, SPOOL_MAX_BYTES

AUTO = "auto"
BACKUP_TYPES = (AUTO, FULL, INCREMENTAL)

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
class ChainLimits:
    """When ``auto`` begins a new chain; 0 means no limit.

    ``max_chain_percent``: the size of the chain's incremental backups in the repository, relative to its full one.
    """

    full_every_days: int = 7
    max_incrementals: int = 14
    max_chain_percent: int = 50


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


__all__ = (
    "AUTO",
    "BACKUP_TYPES",
    "LIMIT_RANGES",
    "REQUEST_RANGES",
    "STANDBY_WAIT_SECONDS",
    "BackupRequest",
    "ChainLimits",
    "check_backup_request",
)
