# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of superusers in the files of a cluster, for a server that nobody can ask before a name is known.

Every row version counts, dead ones too: names that may be right are wanted, and a login tells which one is. Sources:
src/include/storage/bufpage.h, itemid.h, access/htup_details.h, catalog/pg_authid.h, utils/cache/relmapper.c.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

PG_AUTHID_OID = 1260
_BOOTSTRAP_OID = 10
_MAP_MAGIC = 0x592717
_MAP_HEAD = struct.Struct("=ii")
_MAPPING = struct.Struct("=II")
# pd_lower, pd_upper, pd_special and the page's size with its layout's version.
_PAGE_HEAD = struct.Struct("=12xHHHH4x")
_ITEM = struct.Struct("=I")
_ITEM_NORMAL = 1
_HOFF_OFFSET = 22
# oid, rolname, rolsuper, and rolcanlogin after three others.
_ROLE = struct.Struct("=I64s?3x?")


def file_number(relation_map: bytes, *, oid: int = PG_AUTHID_OID) -> int | None:
    """The number of a mapped catalogue's file, by ``pg_filenode.map``; ``None``: it does not say."""
    if len(relation_map) < _MAP_HEAD.size:
        return None
    magic, count = _MAP_HEAD.unpack_from(relation_map)
    end = _MAP_HEAD.size + count * _MAPPING.size
    if magic != _MAP_MAGIC or not count > 0 or end > len(relation_map):
        return None
    return dict(_MAPPING.iter_unpack(relation_map[_MAP_HEAD.size : end])).get(oid)


def superusers_in(content: bytes) -> tuple[str, ...]:
    """The superusers that may log in, in the file of pg_authid; the one that initdb made comes first."""
    found = sorted(_roles(content), key=lambda role: role[0] != _BOOTSTRAP_OID)
    return tuple(dict.fromkeys(name for _oid, name in found))


def _roles(content: bytes) -> Iterator[tuple[int, str]]:
    for page in _pages(content):
        lower = _PAGE_HEAD.unpack_from(page)[0]
        for place in range(_PAGE_HEAD.size, min(lower, len(page)) - _ITEM.size + 1, _ITEM.size):
            (item,) = _ITEM.unpack_from(page, place)
            offset, flags, length = item & 0x7FFF, item >> 15 & 3, item >> 17
            row = page[offset : offset + length]
            if flags == _ITEM_NORMAL and len(row) > _HOFF_OFFSET:
                yield from _role(row[row[_HOFF_OFFSET] :])


def _role(row: bytes) -> Iterator[tuple[int, str]]:
    if len(row) < _ROLE.size:
        return
    oid, name, is_super, may_login = _ROLE.unpack_from(row)
    if is_super and may_login:
        # Names are in the encoding of whatever database made them.
        yield oid, name.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _pages(content: bytes) -> Iterator[bytes]:
    if len(content) < _PAGE_HEAD.size:
        return
    size = _PAGE_HEAD.unpack_from(content)[3] & 0xFF00
    if size > _PAGE_HEAD.size:
        yield from (content[start : start + size] for start in range(0, len(content) - size + 1, size))


__all__ = ("PG_AUTHID_OID", "file_number", "superusers_in")
