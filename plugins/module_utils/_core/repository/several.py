# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several repositories of one cluster: a list, of which the first is where its backups go.

Each item has the keys of the single form without ``repository_``, a name, and whether it is required. Below the options
of the modules an item is a mapping in the words of the single form, so that whatever reads one reads each.
"""

from __future__ import annotations

from ..errors import InvalidInput
from ..host.agent_config import MOST_REPOSITORIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_PREFIX = "repository_"
# What each repository of the list has of its own; who may read what is encrypted is one for all.
PLACE_KEYS = (
    "path",
    "mount_point",
    "host",
    "user",
    "ssh_port",
    "ssh_identity_file",
    "s3_bucket",
    "s3_prefix",
    "s3_endpoint",
    "s3_region",
    "s3_ca_file",
    "s3_path_style",
    "s3_access_key_id",
    "s3_secret_access_key",
)
# The rules of retention that one of the list may have of its own; a test compares them with the policy's.
KEEP_KEYS = ("keep_full", "keep_days", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly")
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_NAME_LENGTH = 32


def as_single(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item in the words of the single form, with ``repository_name`` and ``repository_required``.

    >>> one = as_single({"name": "far", "host": "backup1", "required": False})
    >>> one["repository_host"], one["repository_path"], one["repository_required"]
    ('backup1', None, False)
    """
    single = {_PREFIX + key: item.get(key) for key in (*PLACE_KEYS, *KEEP_KEYS)}
    is_required = item.get("required") is not False
    return {**single, _PREFIX + "name": item.get("name"), _PREFIX + "required": is_required}


def own_rules(single: Mapping[str, Any]) -> dict[str, int]:
    """The rules of retention that a repository has of its own, from its options or its lines in the configuration.

    >>> own_rules({"repository_keep_days": "30", "repository_keep_full": "", "repository_path": "/srv/pitr"})
    {'keep_days': 30}
    """
    return {key: int(_text(single, key)) for key in KEEP_KEYS if _text(single, key)}


def check_repositories(singles: Sequence[Mapping[str, Any]]) -> None:
    """Raise InvalidInput (``repositories-invalid``) where the list cannot be what somebody wants."""
    if len(singles) > MOST_REPOSITORIES:
        raise _invalid(
            f"'repositories' has {len(singles)} items, and {MOST_REPOSITORIES} is the most", "Take some out."
        )
    names: list[str] = []
    places: dict[tuple[str, ...], str] = {}
    for number, single in enumerate(singles, start=1):
        name = single[_PREFIX + "name"] or ""
        if not name or len(name) > _NAME_LENGTH or not _NAME_CHARACTERS.issuperset(name):
            raise _invalid(
                f"item {number} of 'repositories' has the name '{name}'",
                f"Give each a name of its own: up to {_NAME_LENGTH} letters, digits, hyphens and underscores.",
            )
        if name in names:
            raise _invalid(f"two items of 'repositories' have the name '{name}'", "Give each a name of its own.")
        names.append(name)
        place = place_of(single)
        if place is None:
            raise _invalid(
                f"the repository '{name}' has neither 'path' nor 's3_bucket'",
                "Set 'path' to its directory, here or on 'host', or 's3_bucket' to its bucket.",
            )
        if place in places:
            raise _invalid(
                f"the repositories '{places[place]}' and '{name}' are at one place, {' '.join(filter(None, place))}",
                "What is stored twice at one place is lost with it. Give one of them another place.",
            )
        places[place] = name
    if not singles[0][_PREFIX + "required"]:
        raise _invalid(
            f"the first repository, '{names[0]}', is not required",
            "Backups go to the first one, and need their WAL there: put one first without 'required: false'.",
        )


def place_of(single: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What tells the place of a repository from all others, as far as its settings do; ``None``: it has none.

    >>> place_of(as_single({"path": "/srv//pitr/"})) == place_of(as_single({"path": "/srv/pitr"}))
    True
    """
    bucket = _text(single, "s3_bucket")
    if bucket:
        return ("s3", _text(single, "s3_endpoint").rstrip("/"), bucket, _text(single, "s3_prefix").strip("/"))
    path = "/".join(part for part in _text(single, "path").split("/") if part not in ("", "."))
    if not _text(single, "path"):
        return None
    host = _text(single, "host")
    return ("ssh", host, _text(single, "ssh_port") or "22", "/" + path) if host else ("directory", "/" + path)


def _text(single: Mapping[str, Any], key: str) -> str:
    value = single.get(_PREFIX + key)
    return "" if value is None else str(value)


def _invalid(what: str, hint: str) -> InvalidInput:
    return InvalidInput(what, code="repositories-invalid", hint=hint)


__all__ = ("KEEP_KEYS", "PLACE_KEYS", "as_single", "check_repositories", "own_rules", "place_of")
