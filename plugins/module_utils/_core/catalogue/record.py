# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a base backup; its text form is the file ``backup.json`` beside its tar files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any

from ..errors import Damaged, PitrError
from ..instant import format_instant
from ..json_fields import (
    MOST_UINT32,
    digits_of,
    flag_of,
    list_of,
    load_json,
    mapping_of,
    moment_of,
    number_of,
    text_of,
)
from ..path_text import is_plain_directory, normal_directory
from ..postgres.relation_layout import RelationLayout
from ..repository.layout import MANIFEST_NAME, SUFFIX_BY_METHOD, tar_suffix
from ..wal.lsn import Lsn
from ..wal.segment import Segment, SegmentSize
from .tar_names import BASE
from .truncations import Truncations

FULL = "full"
INCREMENTAL = "incremental"

_FORMAT = 1
_AGE = "age"
_MOST_INT32 = 0x7FFFFFFF
_MOST_UINT64 = 0xFFFFFFFFFFFFFFFF
_LABEL = re.compile(r"[0-9]{8}T[0-9]{6}Z-(full|incremental)")


@dataclass(frozen=True)
class Backup:
    """Everything that is known of a base backup without opening its tar files.

    ``label`` is its directory, ``parent`` the label of the backup that it builds on (``None`` for a full one).
    ``start_lsn`` is where recovery begins to read WAL, ``stop_lsn`` the first position at which the restored cluster is
    consistent, both on ``timeline``. Times are those of the server's clock; ``stop_time`` is never before ``stop_lsn``
    was written. ``size_bytes`` is the size of the cluster's files, ``stored_bytes`` that of the backup in the
    repository. ``tablespaces`` maps oids to locations at backup time, ``wal_directory`` is the target of a linked
    ``pg_wal`` (``None``: a plain directory). ``settings`` has the five that must not be lower in a hot standby.
    ``files`` are the stored names. ``truncations`` are those since the parent; ``None`` where none were recorded: in
    full backups, and in incremental ones of earlier releases. ``left_out`` are the links in the data directory that the
    backup lacks, such as those to logs and configuration files. ``is_encrypted`` where its archives are, by ``age``;
    ``digests`` has the SHA-256 of each of these, as it is stored. ``origin_digest`` is that of the file beside it which
    says where the backup is from; ``None``: none was stored, or an earlier release took the backup. An earlier one did
    not ask for the ``relation_layout`` either.
    """

    label: str
    type: str
    parent: str | None
    cluster: str
    system_identifier: str
    version: int
    version_num: int
    start_time: datetime
    stop_time: datetime
    start_lsn: Lsn
    stop_lsn: Lsn
    timeline: int
    segment_size: SegmentSize
    size_bytes: int
    stored_bytes: int
    compression: str
    files: tuple[str, ...]
    pgfleet_version: str
    format: str = "tar"
    data_checksums: bool = False
    wal_directory: str | None = None
    tablespaces: Mapping[int, str] = field(default_factory=dict)
    settings: Mapping[str, int] = field(default_factory=dict)
    truncations: Truncations | None = None
    left_out: tuple[str, ...] = ()
    is_encrypted: bool = False
    digests: Mapping[str, str] = field(default_factory=dict)
    origin_digest: str | None = None
    relation_layout: RelationLayout | None = None

    @classmethod
    def parse(cls, text: str) -> Backup:
        """Parse a record. Raises Damaged (``backup-record-damaged``)."""
        try:
            return _from_record(mapping_of(load_json(text), "the record"))
        except (ValueError, KeyError, TypeError, AttributeError, PitrError) as error:
            raise Damaged(
                f"this is not the record of a backup: {type(error).__name__} {error}",
                code="backup-record-damaged",
                hint="A newer release of pgfleet.pitr may have written it; otherwise take a new backup.",
            ) from error

    def __str__(self) -> str:
        return json.dumps(_to_record(self), indent=2) + "\n"

    @property
    def first_segment(self) -> Segment:
        """The WAL segment that recovery reads first."""
        return Segment.containing(self.start_lsn, timeline=self.timeline, size=self.segment_size)

    @property
    def last_segment(self) -> Segment:
        """The last WAL segment that the backup needs: it contains the last byte before ``stop_lsn``."""
        return Segment.containing(self.stop_lsn + -1, timeline=self.timeline, size=self.segment_size)

    @property
    def tar_suffix(self) -> str:
        """The suffix of its tar files, such as ``.tar.zst``, or ``.tar.zst.age``."""
        return tar_suffix(self.compression, is_encrypted=self.is_encrypted)

    @property
    def stored_tablespaces(self) -> frozenset[int]:
        """The oids of the tablespaces that have a tar file."""
        stems = (name[: -len(self.tar_suffix)] for name in self.files if name.endswith(self.tar_suffix))
        return frozenset(int(stem) for stem in stems if stem.isdigit())


def new_label(moment: datetime, *, backup_type: str) -> str:
    """The label of a new backup of this type that begins at this time (UTC, in seconds).

    >>> new_label(datetime(2026, 11, 22, 15, 15, tzinfo=timezone.utc), backup_type="full")
    '20261122T151500Z-full'
    """
    return moment.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ-") + backup_type


def is_backup_label(name: str) -> bool:
    """Whether a name has the form of a backup's label."""
    return _LABEL.fullmatch(name) is not None


def _to_record(backup: Backup) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "label": backup.label,
        "type": backup.type,
        "parent": backup.parent,
        "cluster": backup.cluster,
        "system_identifier": backup.system_identifier,
        "version": backup.version,
        "version_num": backup.version_num,
        "start_time": format_instant(backup.start_time),
        "stop_time": format_instant(backup.stop_time),
        "start_lsn": str(backup.start_lsn),
        "stop_lsn": str(backup.stop_lsn),
        "timeline": backup.timeline,
        "segment_size_bytes": backup.segment_size.size_bytes,
        "size_bytes": backup.size_bytes,
        "stored_bytes": backup.stored_bytes,
        "compression": backup.compression,
        "archive_format": backup.format,
        "data_checksums": backup.data_checksums,
        "wal_directory": backup.wal_directory,
        "tablespaces": {str(oid): location for oid, location in backup.tablespaces.items()},
        "settings": dict(backup.settings),
        "files": list(backup.files),
        "truncations": None if backup.truncations is None else backup.truncations.rows(),
        "left_out": list(backup.left_out),
        "encryption": _AGE if backup.is_encrypted else None,
        "digests": dict(backup.digests),
        "origin_digest": backup.origin_digest,
        "relation_layout": None if backup.relation_layout is None else asdict(backup.relation_layout),
        "pgfleet_version": backup.pgfleet_version,
    }


def _from_record(record: Mapping[str, Any]) -> Backup:
    if record["format"] != _FORMAT:
        raise ValueError(f"format {record['format']}")
    parent = record["parent"]
    wal_directory = record["wal_directory"]
    is_encrypted = _is_encrypted(record.get("encryption"))
    suffix = tar_suffix(record["compression"], is_encrypted=is_encrypted)
    return Backup(
        label=text_of(record["label"], "label", allowed=is_backup_label),
        type=text_of(record["type"], "type", allowed=(FULL, INCREMENTAL).__contains__),
        parent=None if parent is None else text_of(parent, "parent", allowed=is_backup_label),
        cluster=text_of(record["cluster"], "cluster"),
        system_identifier=str(digits_of(record["system_identifier"], "system_identifier", most=_MOST_UINT64)),
        version=number_of(record["version"], "version", least=1, most=999),
        version_num=number_of(record["version_num"], "version_num", least=1, most=9_999_999),
        start_time=moment_of(record["start_time"], "start_time"),
        stop_time=moment_of(record["stop_time"], "stop_time"),
        start_lsn=Lsn.parse(record["start_lsn"]),
        stop_lsn=Lsn.parse(record["stop_lsn"]),
        timeline=number_of(record["timeline"], "timeline", least=1, most=MOST_UINT32),
        segment_size=SegmentSize(number_of(record["segment_size_bytes"], "segment_size_bytes")),
        size_bytes=number_of(record["size_bytes"], "size_bytes"),
        stored_bytes=number_of(record["stored_bytes"], "stored_bytes"),
        compression=text_of(record["compression"], "compression", allowed=SUFFIX_BY_METHOD.__contains__),
        format=text_of(record["archive_format"], "archive_format", allowed="tar".__eq__),
        data_checksums=flag_of(record["data_checksums"], "data_checksums"),
        wal_directory=None if wal_directory is None else _directory(wal_directory, "wal_directory"),
        tablespaces=_tablespaces(mapping_of(record["tablespaces"], "tablespaces")),
        settings=_settings(mapping_of(record["settings"], "settings")),
        files=_files(list_of(record["files"], "files"), suffix=suffix),
        pgfleet_version=text_of(record["pgfleet_version"], "pgfleet_version"),
        truncations=_truncations(record.get("truncations")),
        left_out=tuple(str(path) for path in record.get("left_out", ())),
        is_encrypted=is_encrypted,
        digests=_digests(record.get("digests", {}), suffix=suffix),
        origin_digest=_origin_digest(record.get("origin_digest")),
        relation_layout=RelationLayout.parse(layout) if (layout := record.get("relation_layout")) is not None else None,
    )


def _tablespaces(record: Mapping[str, Any]) -> dict[int, str]:
    found = {
        digits_of(oid, "oid of a tablespace", least=1): _directory(location, "location of a tablespace")
        for oid, location in record.items()
    }
    if len(set(found.values())) < len(record):
        raise ValueError("two tablespaces have one location")
    return found


def _settings(record: Mapping[str, Any]) -> dict[str, int]:
    return {
        text_of(name, "setting", allowed=str.isidentifier): number_of(value, name, most=_MOST_INT32)
        for name, value in record.items()
    }


def _directory(value: Any, what: str) -> str:
    return text_of(normal_directory(value), what, allowed=is_plain_directory)


def _digests(record: Any, *, suffix: str) -> dict[str, str]:
    return {
        text_of(name, "name of a file", allowed=lambda each: _is_stored(each, suffix)): text_of(digest, "digest")
        for name, digest in mapping_of(record, "digests").items()
    }


def _origin_digest(value: Any) -> str | None:
    is_digest = re.compile(r"[0-9a-f]{64}").fullmatch
    return None if value is None else text_of(value, "origin_digest", allowed=lambda text: bool(is_digest(text)))


def _is_encrypted(value: Any) -> bool:
    return value is not None and bool(text_of(value, "encryption", allowed=_AGE.__eq__))


def _files(names: Sequence[Any], *, suffix: str) -> tuple[str, ...]:
    """The stored names: those of a tar file or of the manifest, and each once."""
    found = tuple(text_of(name, "name of a file", allowed=lambda each: _is_stored(each, suffix)) for name in names)
    if len(set(found)) < len(found):
        raise ValueError("a file is named twice")
    return found


def _is_stored(name: str, suffix: str) -> bool:
    stem = name[: -len(suffix)]
    is_stem = stem == BASE or (len(stem) <= 10 and stem.isascii() and stem.isdigit())
    return name == MANIFEST_NAME or (name.endswith(suffix) and is_stem)


def _truncations(rows: Any) -> Truncations | None:
    if rows is None:
        return None
    return Truncations.of(
        [number_of(each, "number of a truncation", most=MOST_UINT32) for each in list_of(row, "truncation")]
        for row in list_of(rows, "truncations")
    )


__all__ = (
    "FULL",
    "INCREMENTAL",
    "Backup",
    "is_backup_label",
    "new_label",
)
