# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host and the server of a backup were like, for a restore on another one; the text is ``origin.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import Damaged, PitrError
from ..json_fields import list_of, load_json, mapping_of, number_of, text_of
from ..path_text import is_encodable, is_plain_directory

MOST_BYTES = 1 << 20

_FORMAT = 1
_MOST_PORT = 65535
_MOST_BLOCK = 1 << 15
_LIBC, _ICU = "c", "i"
# Of every platform alike: nothing of the operating system decides how these sort.
_PLAIN_LOCALES = frozenset({"C", "POSIX", "ucs_basic"})


@dataclass(frozen=True)
class DatabaseLocale:
    """How a database sorts. ``provider`` is ``c`` (libc), ``i`` (ICU) or ``b`` (built in); ``version`` is the collation
    version that it was made or refreshed with (``None``: not recorded by the server)."""

    name: str
    provider: str
    collate: str
    ctype: str
    version: str | None = None

    @property
    def is_of_icu(self) -> bool:
        """Whether ICU has to be there."""
        return self.provider == _ICU

    @property
    def is_of_libc(self) -> bool:
        """Whether the operating system's library decides how text is sorted."""
        return self.provider == _LIBC and self.collate not in _PLAIN_LOCALES

    @property
    def locales(self) -> frozenset[str]:
        """The operating system's locales without which nobody can connect to it."""
        return frozenset({self.collate, self.ctype}) - _PLAIN_LOCALES


@dataclass(frozen=True)
class OriginConfiguration:
    """The texts of the server's configuration files: ``settings`` with everything that it includes, ``auto`` what ALTER
    SYSTEM wrote, ``hba`` and ``ident`` with absolute references. They may hold passwords."""

    settings: str = field(repr=False)
    auto: str = field(repr=False)
    hba: str = field(repr=False)
    ident: str = field(repr=False)


@dataclass(frozen=True)
class Origin:
    """The host and the server that a backup was taken from.

    ``machine`` is the processor's architecture (``x86_64``), ``libc`` the C library's version as glibc says it (empty:
    another library). ``debian_name`` is ``15/main`` where Debian's tools managed the cluster.
    """

    hostname: str
    machine: str
    libc: str
    data_directory: str
    port: int
    block_size: int
    wal_block_size: int
    databases: tuple[DatabaseLocale, ...]
    configuration: OriginConfiguration
    debian_name: str | None = None

    @classmethod
    def parse(cls, text: str) -> Origin:
        """Parse the file. Raises Damaged (``backup-origin-damaged``)."""
        try:
            return _from_record(mapping_of(load_json(text), "the origin"))
        except (ValueError, KeyError, TypeError, AttributeError, PitrError) as error:
            raise Damaged(
                f"this does not say where a backup is from: {type(error).__name__} {error}",
                code="backup-origin-damaged",
                hint="A newer release of pgfleet.pitr may have written it; otherwise name an older backup.",
            ) from error

    def __str__(self) -> str:
        return json.dumps({"format": _FORMAT, **asdict(self)}, indent=1) + "\n"


def _from_record(record: Mapping[str, Any]) -> Origin:
    if record["format"] != _FORMAT:
        raise ValueError(f"format {record['format']}")
    texts = mapping_of(record["configuration"], "configuration")
    name = record["debian_name"]
    return Origin(
        hostname=text_of(record["hostname"], "hostname"),
        machine=text_of(record["machine"], "machine"),
        libc=text_of(record["libc"], "libc"),
        data_directory=text_of(record["data_directory"], "data_directory", allowed=is_plain_directory),
        port=number_of(record["port"], "port", least=1, most=_MOST_PORT),
        block_size=number_of(record["block_size"], "block_size", least=1, most=_MOST_BLOCK),
        wal_block_size=number_of(record["wal_block_size"], "wal_block_size", least=1, most=2 * _MOST_BLOCK),
        databases=tuple(_database(mapping_of(each, "database")) for each in list_of(record["databases"], "databases")),
        configuration=OriginConfiguration(
            **{each: _file(texts[each], each) for each in ("settings", "auto", "hba", "ident")}
        ),
        debian_name=None if name is None else text_of(name, "debian_name"),
    )


def _database(record: Mapping[str, Any]) -> DatabaseLocale:
    version = record["version"]
    return DatabaseLocale(
        name=text_of(record["name"], "name of a database"),
        provider=text_of(record["provider"], "provider", allowed=frozenset("cib").__contains__),
        collate=text_of(record["collate"], "collate"),
        ctype=text_of(record["ctype"], "ctype"),
        version=None if version is None else text_of(version, "collation version"),
    )


def _file(value: Any, what: str) -> str:
    """The text of a configuration file, which has passed the limit of the whole."""
    if not isinstance(value, str) or "\0" in value or not is_encodable(value):
        raise ValueError(f"{what} is not the text of a file")
    return value


__all__ = ("MOST_BYTES", "DatabaseLocale", "Origin", "OriginConfiguration")
