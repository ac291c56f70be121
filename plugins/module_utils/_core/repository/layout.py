# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every name of a file in a repository.

A *key* is the name of something stored, relative to the folder of its cluster, such as ``backups/<label>/backup.json``.
Names that begin with a dot are of no lasting worth: locks, progress, and what is being written.
Each archived segment waits for this file to be imported, so it imports next to nothing.
"""

from __future__ import annotations

from ..wal.file_name import wal_folder

# Whose folder it is, which WAL retention has removed, and what was verified when.
CLUSTER_FILE = "cluster.json"
EXPIRED_WAL_FILE = "expired_wal.json"
VERIFY_FILE = "verify.json"

BACKUPS = "backups"
WAL = "wal"
WAL_FACTS = "wal_facts"
RECOVERY_ENDS_FILE = WAL_FACTS + "/recovery_ends.json"

# In the folder of a backup, beside its archives.
RECORD_NAME = "backup.json"
MANIFEST_NAME = "backup_manifest"
PIN_NAME = "pinned.json"
ORIGIN_NAME = "origin.json"
# What pg_basebackup calls the manifest while it writes it. Source: PostgreSQL, ``pg_basebackup.c`` (BaseBackup).
MANIFEST_TEMPORARY_NAME = MANIFEST_NAME + ".tmp"

# Leases: small files of the folder, who takes or removes backups, who begins to hold one, who verifies.
LOCK_NAME = ".lock"
CLUSTER_LOCK = LOCK_NAME
BACKUPS_LOCK = BACKUPS + "/" + LOCK_NAME
HOLDS_LOCK = BACKUPS + "/.hold.lock"
VERIFY_LOCK = ".verify.lock"
RUNNING_NAME = ".running.json"
RUNNING_FILE = BACKUPS + "/" + RUNNING_NAME

SUFFIX_BY_METHOD = {"none": "", "zstd": ".zst", "lz4": ".lz4", "gzip": ".gz"}
# Behind that of the compression: what is encrypted was compressed before.
AGE_SUFFIX = ".age"
# What a WAL file may have behind its name, in the order in which it is looked for.
WAL_SUFFIXES = (*SUFFIX_BY_METHOD.values(), *(suffix + AGE_SUFFIX for suffix in SUFFIX_BY_METHOD.values()))
# Beside a file stored without compression, and beside an encrypted one.
CHECKSUM_SUFFIX = ".crc32"
DIGEST_SUFFIX = ".digest"
_BESIDE_SUFFIXES = (CHECKSUM_SUFFIX, DIGEST_SUFFIX)
TAR_SUFFIX = ".tar"

# Earlier releases wrote a backup under the first, and gave the second to one that was being removed.
OLD_UNFINISHED_PREFIX = ".tmp-"
OLD_EXPIRED_PREFIX = ".expired-"
_TEMPORARY_SUFFIX = ".tmp"


def backup_folder(label: str) -> str:
    """Where the files of the backup with this label lie."""
    return BACKUPS + "/" + label


def record_key(label: str) -> str:
    """The record of the backup: without it there is no backup of this label."""
    return backup_folder(label) + "/" + RECORD_NAME


def manifest_key(label: str) -> str:
    """The manifest of the backup."""
    return backup_folder(label) + "/" + MANIFEST_NAME


def origin_key(label: str, *, is_encrypted: bool = False) -> str:
    """What the host and the server of the backup were like."""
    return backup_folder(label) + "/" + ORIGIN_NAME + (AGE_SUFFIX if is_encrypted else "")


def pin_key(label: str) -> str:
    """The pins of the backup."""
    return backup_folder(label) + "/" + PIN_NAME


def tar_suffix(method: str, *, is_encrypted: bool = False) -> str:
    """What pg_basebackup appends to the name of an archive that is compressed by this method, and what encryption does.

    >>> tar_suffix("zstd"), tar_suffix("none", is_encrypted=True)
    ('.tar.zst', '.tar.age')
    """
    return TAR_SUFFIX + SUFFIX_BY_METHOD[method] + (AGE_SUFFIX if is_encrypted else "")


def is_tar_name(name: str) -> bool:
    """Whether a file of this name is an archive of a backup, whatever compressed or encrypted it.

    >>> is_tar_name("base.tar.zst"), is_tar_name("16385.tar.age"), is_tar_name("backup_manifest")
    (True, True, False)
    """
    name = _without_age(name)
    return name.endswith(TAR_SUFFIX) or name.rpartition(".")[0].endswith(TAR_SUFFIX)


def wal_key(name: str, *, method: str = "none", is_encrypted: bool = False) -> str:
    """Where a WAL file is stored that is compressed by this method, and encrypted then.

    >>> wal_key("0000000100000000000000A3", method="zstd")
    'wal/00000001/00000000/0000000100000000000000A3.zst'
    """
    suffix = SUFFIX_BY_METHOD[method] + (AGE_SUFFIX if is_encrypted else "")
    return WAL + "/" + wal_folder(name) + "/" + name + suffix


def wal_keys(name: str) -> tuple[str, ...]:
    """Every key under which a WAL file may be stored, in the order in which it is looked for."""
    plain = wal_key(name)
    return tuple([plain + suffix for suffix in WAL_SUFFIXES])


def timeline_folder(timeline: str, log: str = "") -> str:
    """Where the WAL of a timeline lies, or of one of its logs; both as 8 hexadecimal digits."""
    return WAL + "/" + timeline + ("/" + log if log else "")


def wal_facts_key(name: str) -> str:
    """Where the facts of a segment are kept, with those of all segments of its log.

    >>> wal_facts_key("0000000100000000000000A3")
    'wal_facts/00000001/00000000.json'
    """
    return WAL_FACTS + "/" + name[:8] + "/" + name[8:16] + ".json"


def checksum_key(key: str) -> str:
    """The checksum beside a file that is stored without compression."""
    return key + CHECKSUM_SUFFIX


def digest_key(key: str) -> str:
    """The digests beside an encrypted file: that of its content, and that of what is stored."""
    return key + DIGEST_SUFFIX


def is_beside(name: str) -> bool:
    """Whether this is a file that lies beside another one and tells of it.

    >>> is_beside("00000002.history.crc32"), is_beside("000000010000000000000003.zst.age")
    (True, False)
    """
    return name.endswith(_BESIDE_SUFFIXES)


def told_of(name: str) -> str:
    """The name of the file that a file beside it tells of; any other name is its own.

    >>> told_of("00000002.history.crc32"), told_of("00000002.history")
    ('00000002.history', '00000002.history')
    """
    for suffix in _BESIDE_SUFFIXES:
        if name.endswith(suffix):
            return name[: -len(suffix)]
    return name


def is_encrypted(name: str) -> bool:
    """Whether a stored file is encrypted, by the end of its name."""
    return name.endswith(AGE_SUFFIX)


def _without_age(name: str) -> str:
    return name[: -len(AGE_SUFFIX)] if name.endswith(AGE_SUFFIX) else name


def method_of(name: str) -> str:
    """The method by which a stored file is compressed, by the end of its name.

    >>> method_of("base.tar.lz4"), method_of("base.tar.zst.age"), method_of("00000002.history")
    ('lz4', 'zstd', 'none')
    """
    name = _without_age(name)
    for method, suffix in SUFFIX_BY_METHOD.items():
        if suffix and name.endswith(suffix):
            return method
    return "none"


def logical_name(stored_name: str) -> str:
    """A stored file's name without the suffixes of compression and encryption; names of files beside others and of
    temporary files are no WAL names.

    >>> logical_name("000000010000000000000003.zst"), logical_name("000000010000000000000003.age")
    ('000000010000000000000003', '000000010000000000000003')
    """
    stored_name = _without_age(stored_name)
    for suffix in SUFFIX_BY_METHOD.values():
        if suffix and stored_name.endswith(suffix):
            return stored_name[: -len(suffix)]
    return stored_name


def turn_name(name: str) -> str:
    """The file that the one holds whose turn it is to write the file of this name, in the same folder.

    >>> turn_name("backup.json")
    '.backup.json.tmp'
    """
    return "." + name + _TEMPORARY_SUFFIX


def temporary_name(name: str, *, token: str) -> str:
    """What a file of this name is called while it is being written; nobody can foresee the ``token``.

    >>> temporary_name("backup.json", token="8f03")
    '.backup.json.8f03.tmp'
    """
    return "." + name + "." + token + _TEMPORARY_SUFFIX


def is_temporary_of(name: str, stem: str) -> bool:
    """Whether this is the temporary name of a file whose name begins with ``stem``.

    >>> is_temporary_of(".backup.json.8f03.tmp", "backup.json"), is_temporary_of(".other.8f03.tmp", "backup.json")
    (True, False)
    """
    return name.startswith("." + stem + ".") and is_temporary(name) and name != turn_name(stem)


def is_temporary(name: str) -> bool:
    """Whether this is one of these names: what is being written, or was when its process died.

    >>> is_temporary(".backup.json.8f03.tmp"), is_temporary(".backup.json.tmp"), is_temporary("backup.json")
    (True, True, False)
    """
    return name.startswith(".") and name.endswith(_TEMPORARY_SUFFIX)


def is_old_temporary(name: str) -> bool:
    """Whether earlier releases wrote small files under this name, without a lock: ``<name>.<process>.tmp``.

    >>> is_old_temporary("verify.json.4711.tmp"), is_old_temporary("backup_manifest.tmp")
    (True, False)
    """
    stem, _unused, process = name[: -len(_TEMPORARY_SUFFIX)].rpartition(".")
    return name.endswith(_TEMPORARY_SUFFIX) and bool(stem) and process.isdigit()


__all__ = (
    "AGE_SUFFIX",
    "BACKUPS",
    "BACKUPS_LOCK",
    "CHECKSUM_SUFFIX",
    "CLUSTER_FILE",
    "CLUSTER_LOCK",
    "DIGEST_SUFFIX",
    "EXPIRED_WAL_FILE",
    "HOLDS_LOCK",
    "LOCK_NAME",
    "MANIFEST_NAME",
    "MANIFEST_TEMPORARY_NAME",
    "OLD_EXPIRED_PREFIX",
    "OLD_UNFINISHED_PREFIX",
    "ORIGIN_NAME",
    "PIN_NAME",
    "RECORD_NAME",
    "RECOVERY_ENDS_FILE",
    "RUNNING_FILE",
    "RUNNING_NAME",
    "SUFFIX_BY_METHOD",
    "TAR_SUFFIX",
    "VERIFY_FILE",
    "VERIFY_LOCK",
    "WAL",
    "WAL_FACTS",
    "WAL_SUFFIXES",
    "backup_folder",
    "checksum_key",
    "digest_key",
    "is_beside",
    "is_encrypted",
    "is_old_temporary",
    "is_tar_name",
    "is_temporary",
    "is_temporary_of",
    "logical_name",
    "manifest_key",
    "method_of",
    "origin_key",
    "pin_key",
    "record_key",
    "tar_suffix",
    "temporary_name",
    "timeline_folder",
    "told_of",
    "turn_name",
    "wal_facts_key",
    "wal_key",
    "wal_keys",
)
