# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether two repositories have the WAL of one history, before a hole in one is filled from the other.

Two servers that were both promoted may each have archived to one of them under the same names. PostgreSQL would replay
what one wrote up to the hole, and end its recovery behind it as if that were all.
"""

from __future__ import annotations

import hashlib

from ..._core.errors import Damaged, PitrError, Refused
from ..._core.repository.layout import is_encrypted, method_of, wal_key
from ..._core.wal.file_name import SEGMENT, wal_file_kind
from ..encryption.encrypted_file import check_stored, content_digests
from ..wal.fingerprint import content_sums
from ..wal.lookup import find_stored
from ..wal.stored_file import read_stored
from .cluster_json import read_cluster_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..storage.port import Storage

_HISTORY_BYTES = 1 << 20
# The largest that PostgreSQL has.
_SEGMENT_BYTES = 1 << 30


def check_cluster(storage: Storage, *, identifier: str | None) -> None:
    """Return when the repository has the cluster with this system identifier; ``None``: that is not known.

    Raises Refused (``repository-foreign``), and what reading its ``cluster.json`` raises.
    """
    known = read_cluster_document(storage)["system_identifiers"]
    if identifier is not None and identifier not in known:
        raise Refused(
            f"'{storage.address()}' has the cluster with system identifier {', '.join(known)}, and this one has "
            f"{identifier}",
            code="repository-foreign",
            hint="Take the repository out of 'pitr_repositories', or give it the right path.",
        )


def check_same_history(one: Storage, other: Storage, *, name: str) -> None:
    """Return when nothing speaks against taking the WAL file ``name`` from ``other``, which ``one`` has not whole.

    Compared are the timeline's history, and the segment before, as far as both have them. What is damaged says nothing.
    Raises Refused (``repositories-differ``).
    """
    if wal_file_kind(name) != SEGMENT:
        return
    try:
        _check_histories(one, other, name=name)
        check_segment(one, other, name=_before(name))
    except Refused:
        raise
    except (PitrError, OSError):
        # One of them is away, or cannot be read: whoever reads the file itself from there tells so.
        return


def _check_histories(one: Storage, other: Storage, *, name: str) -> None:
    history = f"{name[:8]}.history"
    key = wal_key(history)
    found = [each.read_all(key, limit_bytes=_HISTORY_BYTES) for each in (one, other)]
    if all(found) and found[0] != found[1] and _is_whole(one, key) and _is_whole(other, key):
        raise repositories_differ(one, other, name=history)


def check_segment(one: Storage, other: Storage, *, name: str) -> bool:
    """Whether both have this segment whole, and it is the same. Raises Refused (``repositories-differ``)."""
    keys = [find_stored(each, name=name) for each in (one, other)]
    if keys[0] is None or keys[1] is None:
        return False
    is_same = _seem_same(one, keys[0], other, keys[1])
    if is_same is None and not (is_encrypted(keys[0]) or is_encrypted(keys[1])):
        is_same = _content(one, keys[0]) == _content(other, keys[1])
    if is_same is False and _is_whole(one, keys[0]) and _is_whole(other, keys[1]):
        raise repositories_differ(one, other, name=name)
    return is_same is True


def _seem_same(one: Storage, one_key: str, other: Storage, other_key: str) -> bool | None:
    """Whether the content is the same, by what is stored with it; ``None``: that cannot be told."""
    if is_encrypted(one_key) != is_encrypted(other_key):
        return None
    if not is_encrypted(one_key) and method_of(one_key) != method_of(other_key):
        return None
    sums = content_digests if is_encrypted(one_key) else content_sums
    ours, theirs = sums(one, one_key), sums(other, other_key)
    return not ours.isdisjoint(theirs) if ours and theirs else None


def _content(storage: Storage, key: str) -> str:
    """The digest of what was compressed, which is read. Raises Damaged."""
    digest = hashlib.sha256()
    read_stored(storage, key, write=digest.update, limit_bytes=_SEGMENT_BYTES)
    return digest.hexdigest()


def _is_whole(storage: Storage, key: str) -> bool:
    try:
        if is_encrypted(key):
            check_stored(storage, key)
        else:
            _content(storage, key)
    except Damaged:
        return False
    return True


def _before(name: str) -> str:
    """The name of the segment before, of any size of segments: across a log's end there is none to be told.

    >>> _before("0000000100000000000000A3")
    '0000000100000000000000A2'
    """
    number = int(name[16:], 16)
    return f"{name[:16]}{number - 1:08X}" if number else name


def repositories_differ(one: Storage, other: Storage, *, name: str) -> Refused:
    """The error for a WAL file that two repositories have with different content."""
    return Refused(
        f"'{name}' has other content in '{one.address()}' than in '{other.address()}': two servers have archived there",
        code="repositories-differ",
        hint="Find out which one has the right history, and take the other out of 'pitr_repositories'.",
    )


__all__ = ("check_cluster", "check_same_history", "check_segment", "repositories_differ")
