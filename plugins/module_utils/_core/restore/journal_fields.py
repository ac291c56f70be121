# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journal of a restore may say: each value has its type, and directories trade places only as restores do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..json_fields import MOST_UINT32, digits_of, flag_of, list_of, mapping_of, number_of, text_of
from ..path_text import is_plain_directory
from ..target.recovery_target import KINDS
from .swap.swap_pair import SwapPair, entry_pair, inner_pair, sibling_pair

_MOST_TEXT = 1 << 22
_MOST_PORT = 65535
_MOST_UINT64 = 0xFFFFFFFFFFFFFFFF
_Check = Callable[[Any, str], object]


def check_journal(record: Mapping[str, Any]) -> None:
    """Return when the parts of a journal that no class of its own reads have their types.

    Raises ValueError, KeyError.
    """
    _check(record, _JOURNAL)
    _check(mapping_of(record["source"], "source"), _CLUSTER)
    for pair in list_of(record["pairs"], "pairs"):
        check_pair(SwapPair.parse(mapping_of(pair, "a pair of directories")))
    for name, value in mapping_of(record["staged"], "staged").items():
        text_of(name, "a staged setting")
        _long_text(value, name)
    _optional(_timeline)(record["reached"].get("new_timeline"), "new_timeline")
    _check_plan(record["plan"])


def _check_plan(plan: Mapping[str, Any]) -> None:
    _check(plan, _PLAN)
    _check(plan["loss"], _LOSS)
    _check(plan["target"], _TARGET)
    _texts(plan.get("settings", []), "settings")
    for name, value in mapping_of(plan.get("silenced", {}), "silenced").items():
        text_of(name, "a setting of the copy")
        _long_text(value, name)
    for disk in list_of(plan["disks"], "disks"):
        _check(mapping_of(disk, "disk"), _DISK)
    for event in (plan["last_replayed"], plan["first_not_replayed"], plan["loss"]["last_commit"]):
        if event is not None:
            _check(mapping_of(event, "the end of a transaction"), _EVENT)


def check_pair(pair: SwapPair) -> None:
    """Return when the other three places of a pair are those beside the first one. Raises ValueError."""
    live = _directory(pair.live, "a directory that is replaced")
    location, _slash, name = live.rpartition("/")
    had_live = flag_of(pair.had_live, "had_live")
    if pair.by_entries:
        usual = [entry_pair(live, had_live=had_live, stays=stays) for stays in ((), ("pg_wal",))]
    else:
        usual = [sibling_pair(live, had_live=had_live), inner_pair(location, name, had_live=had_live)]
    if pair not in usual:
        raise ValueError(f"the directories beside '{live}' are not those of a restore")
    for inode in (pair.replaced_inode, pair.restored_inode):
        if inode is not None:
            number_of(inode, "inode of a directory", most=_MOST_UINT64)
    for entry, inode in (pair.replaced_entries or {}).items():
        text_of(entry, "an entry of a directory", allowed=_is_name)
        number_of(inode, "inode of an entry", most=_MOST_UINT64)


def _check(record: Mapping[str, Any], checks: Mapping[str, _Check]) -> None:
    for key, check in checks.items():
        check(record[key], key)


def _is_name(text: str) -> bool:
    return "/" not in text and text not in ("", ".", "..")


def _directory(value: Any, what: str) -> str:
    return text_of(value, what, allowed=is_plain_directory)


def _long_text(value: Any, what: str) -> str:
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        raise ValueError(f"{what} is not a text")
    return value


def _kind(value: Any, what: str) -> str:
    return text_of(value, what, allowed=KINDS.__contains__)


def _port(value: Any, what: str) -> int:
    return number_of(value, what, least=1, most=_MOST_PORT)


def _timeline(value: Any, what: str) -> int:
    return number_of(value, what, least=1, most=MOST_UINT32)


def _optional(check: _Check) -> _Check:
    return lambda value, what: None if value is None else check(value, what)


def _texts(value: Any, what: str) -> None:
    for each in list_of(value, what):
        _long_text(each, what)


def _tablespaces(value: Any, what: str) -> None:
    for oid, location in mapping_of(value, what).items():
        digits_of(oid, what, least=1)
        _directory(location, what)


_JOURNAL: Mapping[str, _Check] = {
    "phase": text_of,
    "in_place": flag_of,
    "directory": _directory,
    "port": _port,
    "was_running": flag_of,
    "earlier_auto": _long_text,
    "hot_standby": flag_of,
    "started": text_of,
    "reached": mapping_of,
    "plan": mapping_of,
}
_CLUSTER: Mapping[str, _Check] = {
    "data_directory": _directory,
    "version": number_of,
    "bin_directory": _directory,
    "config_file": _directory,
    "hba_file": _directory,
    "ident_file": _directory,
    "os_user": text_of,
    "port": _port,
    "socket_directory": text_of,
    "service": mapping_of,
    "system_identifier": text_of,
    "segment_size": mapping_of,
    "running": flag_of,
    "in_recovery": flag_of,
    "timeline": _timeline,
    "postmaster_pid": _optional(number_of),
    "server_version": text_of,
    "tablespaces": _tablespaces,
    "wal_directory": _optional(_directory),
    "start_options": _texts,
    "log_file": _optional(text_of),
    "debian_name": _optional(text_of),
    "is_lost": flag_of,
}

_PLAN: Mapping[str, _Check] = {
    "cluster": text_of,
    "action": text_of,
    "in_place": flag_of,
    "backup": text_of,
    "chain": _texts,
    "timeline": _timeline,
    "current_timeline": _timeline,
    "first_segment": text_of,
    "last_segment": text_of,
    "segments": number_of,
    "segments_not_archived": _texts,
    "data_directory": _directory,
    "port": _port,
    "data_directory_lost": flag_of,
    "kept_directory": _optional(_directory),
    "tablespaces": _tablespaces,
    "inclusive": flag_of,
    "notes": _texts,
    "loss": mapping_of,
    "target": mapping_of,
}
_TARGET: Mapping[str, _Check] = {"kind": _kind, "text": _long_text}
_LOSS: Mapping[str, _Check] = {"commits": number_of, "complete": flag_of}
_DISK: Mapping[str, _Check] = {"directory": text_of, "needed_bytes": number_of, "free_bytes": number_of}
_EVENT: Mapping[str, _Check] = {"kind": text_of, "xid": number_of}

__all__ = ("check_journal", "check_pair")
