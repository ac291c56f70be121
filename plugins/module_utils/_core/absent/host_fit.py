# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host can run a cluster that was backed up on another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..catalogue.origin import DatabaseLocale, Origin
from ..errors import PitrError, Refused
from ..wording import labels_text


@dataclass(frozen=True)
class HostFacts:
    """What the host has for the configuration that the restored server is going to have.

    ``icu`` is whether the programs were built with ICU. The others name what is missing: ``locales`` of the operating
    system, ``libraries`` that the server loads, ``files`` and ``directories`` that its configuration names, as (setting
    or file, path); ``addresses`` it cannot listen on, as (address, reason). ``memory`` is what the server says when
    it tries its settings of memory; empty: nothing.
    """

    hostname: str
    machine: str
    libc: str
    block_size: int
    wal_block_size: int
    icu: bool
    locales: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    directories: tuple[tuple[str, str], ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    memory: str = ""


def check_host(origin: Origin, host: HostFacts) -> None:
    """Return when the restored server can start there, and anybody can connect to it.

    Raises Refused (``host-unfit``, ``locale-missing``, ``library-missing``, ``configuration-incomplete``,
    ``address-unavailable``).
    """
    found = next(_faults(origin, host), None)
    if found is not None:
        raise found


def host_notes(origin: Origin, *, label: str) -> Iterator[str]:
    """Where the cluster and its configuration are from."""
    yield f"the configuration is that of '{origin.hostname}' when backup {label} was taken"


def collation_notes(origin: Origin, host: HostFacts) -> Iterator[str]:
    """What to do about text that this host may sort in another way."""
    moved = [each for each in origin.databases if each.is_of_libc and _is_another(each, origin, host)]
    if moved:
        yield (
            f"the C library is {_version(host.libc)} here and {_version(_last(moved, origin))} where the indexes of"
            f" {_names(moved)} were built: text may sort differently. In each of them run REINDEX DATABASE, and then"
            " ALTER DATABASE … REFRESH COLLATION VERSION, before anybody relies on an index over text"
        )
    icu = [each for each in origin.databases if each.is_of_icu]
    if icu:
        yield (
            f"{_names(icu)} sort by ICU: where the server warns of a collation version mismatch at a connection, run "
            "REINDEX DATABASE, and then ALTER DATABASE … REFRESH COLLATION VERSION"
        )


def _faults(origin: Origin, host: HostFacts) -> Iterator[PitrError]:
    yield from _faults_of_build(origin, host)
    if host.locales:
        yield Refused(
            f"the operating system has no locale {_quoted(host.locales)}, and nobody can connect to "
            f"{_names([each for each in origin.databases if each.locales & {*host.locales}])} without it",
            code="locale-missing",
            hint="Make it, on Debian with 'dpkg-reconfigure locales' or 'localedef', elsewhere with a package such as "
            "glibc-langpack-….",
        )
    if host.libraries:
        yield Refused(
            f"the server loads {_quoted(host.libraries)}, which PostgreSQL's programs on this host do not have",
            code="library-missing",
            hint="Install the extension's package for this major version, or list what to load in "
            "'pitr_restore_settings' (shared_preload_libraries).",
        )
    for name, path in (*host.files, *host.directories):
        yield Refused(
            f"{name} names '{path}', which is not on this host",
            code="configuration-incomplete",
            hint=f"Put it there, or set '{name}' in 'pitr_restore_settings'.",
        )
    for address, reason in host.addresses:
        yield Refused(
            f"the server cannot listen on {address}: {reason}",
            code="address-unavailable",
            hint="Free it, or choose 'pitr_cluster_port' or 'listen_addresses' in 'pitr_restore_settings'.",
        )
    if host.memory:
        yield Refused(
            f"the server cannot start with its configuration on this host: {host.memory}",
            code="host-unfit",
            hint="Set 'shared_buffers', 'max_connections' or 'huge_pages' in 'pitr_restore_settings'.",
        )


def _faults_of_build(origin: Origin, host: HostFacts) -> Iterator[PitrError]:
    hint = (
        "Restore on a host with the same kind of processor and of PostgreSQL's programs; or move the data by pg_dump."
    )
    pairs = (
        ("processor architecture", origin.machine, host.machine),
        ("block size", origin.block_size, host.block_size),
        ("block size of the WAL", origin.wal_block_size, host.wal_block_size),
    )
    for what, there, here in pairs:
        if there != here:
            yield Refused(
                f"the backup is of a server with {what} {there}, and this host's is {here}: its files mean something"
                " else here",
                code="host-unfit",
                hint=hint,
            )
    icu = [each for each in origin.databases if each.is_of_icu]
    if icu and not host.icu:
        yield Refused(
            f"{_names(icu)} sort by ICU, and PostgreSQL's programs on this host were built without it",
            code="host-unfit",
            hint="Set 'pitr_cluster_bin_directory' to programs that have ICU, as those of the distributions do.",
        )


def _is_another(database: DatabaseLocale, origin: Origin, host: HostFacts) -> bool:
    return (database.version or origin.libc) != host.libc


def _last(databases: Iterable[DatabaseLocale], origin: Origin) -> str:
    return max(each.version or origin.libc for each in databases)


def _version(libc: str) -> str:
    return f"glibc {libc}" if libc else "no glibc"


def _names(databases: Iterable[DatabaseLocale]) -> str:
    return f"the databases {labels_text([each.name for each in databases])}"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


__all__ = ("HostFacts", "check_host", "collation_notes", "host_notes")
