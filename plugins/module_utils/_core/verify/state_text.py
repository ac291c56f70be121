# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text form of the state of verification: the file ``verify.json`` in the cluster's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..errors import PitrError
from ..instant import format_instant, parse_instant
from ..json_fields import MOST_BYTES, load_json, number_of
from ..wal.file_name import SEGMENT, wal_file_kind
from ..wal.segment import SegmentSize
from ..wal.segment_range import SegmentRange
from .damage import Damage, DamageRecord, FileIdentity
from .state import HighWater, VerifyState

_FORMAT = 1
_MOST_INODE = 0xFFFFFFFFFFFFFFFF


def format_state(state: VerifyState) -> str:
    """The text of the file."""
    size = state.size
    verified = sorted(state.verified.ranges(), key=lambda each: (each[1].timeline, each[0], each[1].first))
    unparsed = sorted(state.unparsed.ranges(), key=lambda each: each)
    document = {
        "format": _FORMAT,
        "run": {
            "selection": state.selection,
            "started": None if state.started is None else format_instant(state.started),
            "finished": None if state.finished is None else format_instant(state.finished),
        },
        "seen": None if state.high_water is None else _high_water_to_dict(state.high_water, size=size),
        "wal": [{**_range_to_dict(each, size=size), "verified": format_instant(moment)} for moment, each in verified],
        "unparsed": [{"version": version, **_range_to_dict(each, size=size)} for version, each in unparsed],
        "files": {
            label: {name: format_instant(moment) for name, moment in sorted(files.items())}
            for label, files in sorted(state.files.items())
        },
        "damaged": _damage_record_to_dict(state.damage),
    }
    return json.dumps(document, indent=1) + "\n"


def parse_state(text: str, *, size: SegmentSize) -> VerifyState:
    """The state in a file's text. Raises ValueError for any other text."""
    state = VerifyState(size)
    try:
        document = load_json(text)
        if document["format"] != _FORMAT:
            raise ValueError(f"format {document['format']}")
        _fill(state, document)
    except (KeyError, TypeError, AttributeError, PitrError) as error:
        raise ValueError(f"{type(error).__name__} {error}") from error
    return state


def parse_damage(text: str) -> DamageRecord:
    """The damage alone, of which no segment size is needed. Raises ValueError for any other text."""
    try:
        return _damage_record(load_json(text).get("damaged"))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__} {error}") from error


def _fill(state: VerifyState, document: Mapping[str, Any]) -> None:
    run = document["run"]
    state.selection = str(run["selection"])
    state.started = parse_instant(run["started"]) if run["started"] else None
    state.finished = parse_instant(run["finished"]) if run["finished"] else None
    for entry in document["wal"]:
        state.add_wal(_range(entry, size=state.size), moment=parse_instant(entry["verified"]))
    for label, files in document["files"].items():
        state.files[str(label)] = {str(name): parse_instant(moment) for name, moment in files.items()}
    # Files of earlier releases have none of these.
    seen = document.get("seen")
    state.high_water = None if seen is None else _high_water(seen, size=state.size)
    for entry in document.get("unparsed", ()):
        state.add_unparsed(_range(entry, size=state.size), version=number_of(entry["version"], "version"))
    state.damage = _damage_record(document.get("damaged"))


def _range_to_dict(segment_range: SegmentRange, *, size: SegmentSize) -> dict[str, str]:
    return {"first_segment": segment_range.first_name(size), "last_segment": segment_range.last_name(size)}


def _range(entry: Mapping[str, Any], *, size: SegmentSize) -> SegmentRange:
    return SegmentRange.named(entry["first_segment"], entry["last_segment"], size=size)


def _high_water_to_dict(high_water: HighWater, *, size: SegmentSize) -> dict[str, Any]:
    last = [SegmentRange(timeline, number, number + 1) for timeline, number in sorted(high_water.segments.items())]
    return {"label": high_water.label, "segments": [each.first_name(size) for each in last]}


def _high_water(entry: Mapping[str, Any], *, size: SegmentSize) -> HighWater:
    last = [SegmentRange.named(name, name, size=size) for name in entry["segments"]]
    return HighWater(str(entry["label"]), {each.timeline: each.first for each in last})


def _damage_record_to_dict(record: DamageRecord) -> dict[str, Any]:
    files: dict[str, dict[str, Any]] = {}
    for (label, name), damage in sorted(record.files.items(), key=lambda item: item[0]):
        files.setdefault(label, {})[name] = _damage_to_dict(damage)
    return {
        "segments": {name: _damage_to_dict(record.segments[name]) for name in sorted(record.segments)},
        "files": files,
    }


def _damage_record(entry: Any) -> DamageRecord:
    record = DamageRecord()
    if entry is None:
        return record
    for name, damage in entry["segments"].items():
        if wal_file_kind(name) != SEGMENT:
            raise ValueError(f"'{name}' is not the name of a WAL segment")
        record.segments[name] = _damage(damage)
    for label, files in entry["files"].items():
        record.files.update({(label, name): _damage(damage) for name, damage in files.items()})
    return record


def _damage_to_dict(damage: Damage) -> Any:
    found = format_instant(damage.moment)
    if damage.is_any_file:
        return found
    return {"found": found, "file": None if damage.identity is None else asdict(damage.identity)}


def _damage(entry: Any) -> Damage:
    # Earlier releases recorded the time alone.
    if isinstance(entry, str):
        return Damage(parse_instant(entry), is_any_file=True)
    file = entry["file"]
    return Damage(parse_instant(entry["found"]), None if file is None else _identity(file))


def _identity(entry: Mapping[str, Any]) -> FileIdentity:
    names = ("inode", "size_bytes", "mtime_ns")
    return FileIdentity(*(number_of(entry[name], name, least=-MOST_BYTES, most=_MOST_INODE) for name in names))


__all__ = ("format_state", "parse_damage", "parse_state")
