# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One of the hosts of a run that restores or rolls back several clusters, as the controller knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What of a repository's place tells it from others.
_PLACE_KEYS = ("host", "path", "s3_endpoint", "s3_bucket", "s3_prefix")


@dataclass(frozen=True)
class FleetMember:
    """What is asked for a host, and what its plan came to.

    ``cluster`` is its name in the repositories, ``places`` are where these lie. ``together`` is the group of the
    inventory whose clusters go back together; empty: it goes by itself. ``plan`` is the result of the task that has
    planned, empty before; ``failed`` is whether that, or anything before it, has failed.
    """

    host: str
    cluster: str
    confirm: str = ""
    together: str = ""
    in_place: bool = True
    standby: bool = False
    places: tuple[str, ...] = ()
    plan: Mapping[str, Any] | None = None
    failed: bool = False

    @classmethod
    def read(
        cls, host: str, asked: Mapping[str, Any], *, plan: Mapping[str, Any] | None = None, failed: bool = False
    ) -> FleetMember:
        """The member by what the role's variables say of it."""
        return cls(
            host=host,
            cluster=str(asked.get("cluster") or host),
            confirm=str(asked.get("confirm") or ""),
            together=str(asked.get("together") or ""),
            in_place=not asked.get("directory"),
            standby=asked.get("as") == "standby",
            places=tuple(place_text(place) for place in asked.get("places") or ()),
            plan=plan,
            failed=failed,
        )

    @property
    def replaces(self) -> bool:
        """Whether the run takes the place of the cluster itself: neither a copy nor a standby of another host does."""
        return self.in_place and not self.standby

    @property
    def failure(self) -> str:
        """Why it cannot go, in a word or two."""
        plan = self.plan or {}
        return str(plan.get("code") or ("unreachable" if plan.get("unreachable") else "failed"))

    def told(self, key: str) -> str:
        """What the plan tells of the host or its cluster; empty where it does not."""
        return str((self.plan or {}).get(key) or "")


def place_text(place: Mapping[str, Any]) -> str:
    """A repository's place, without anything secret.

    >>> place_text({"host": "backup1", "path": "/srv/pitr", "user": "pgpitr"}), place_text({"path": "/srv/pitr"})
    ('backup1:/srv/pitr', '/srv/pitr')
    >>> place_text({"s3_bucket": "pitr", "s3_prefix": "prod", "path": ""})
    's3:pitr/prod'
    """
    host, path, endpoint, bucket, prefix = (str(place.get(key) or "") for key in _PLACE_KEYS)
    if bucket:
        return "s3:" + "/".join(part for part in (endpoint, bucket, prefix) if part)
    return f"{host}:{path}" if host else path


def named(members: Sequence[FleetMember], *, most: int = 5) -> str:
    """The hosts by their names, so many of them that a line can be read.

    >>> named([FleetMember(host, host) for host in ("db1", "db2", "db3")], most=2)
    'db1, db2 and 1 more'
    """
    shown = ", ".join(member.host for member in members[:most])
    return f"{shown} and {len(members) - most} more" if len(members) > most else shown


__all__ = ("FleetMember", "named", "place_text")
