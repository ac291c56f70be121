# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host has for a server with a configuration that is not in its place yet."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping

from ..._core.absent.host_fit import HostFacts
from ..._core.catalogue.origin import Origin
from ..._core.postgres.cluster import Cluster
from ..._core.postgres.hba_references import hba_references
from ..._core.postgres.settings import FILE_SETTINGS
from ..._io.host.addresses import refused_addresses, taken_sockets
from ..._io.host.files import read_text, write_durably
from ..._io.host.machine import glibc_version, hostname, machine
from ..._io.host.runner import Runner
from ..._io.postgres.build_features import has_icu
from ..._io.postgres.configured_settings import configured_values
from ..._io.postgres.libraries import missing_libraries
from ..._io.postgres.setting_answer import ask_setting

_PRELOADED = ("shared_preload_libraries", "session_preload_libraries", "local_preload_libraries")
_ASKED = (
    "block_size", "dynamic_library_path", "listen_addresses", "log_directory", "logging_collector", "port", "ssl",
    "unix_socket_directories", "wal_block_size", *FILE_SETTINGS, *_PRELOADED,
)  # fmt: skip
_CHECKED_SINCE = 15
# What a server looks for in its data directory before it has anything to read there.
_LOOKED_FOR = ("pg_dynshmem", "pg_notify", "pg_replslot", "pg_stat", "pg_stat_tmp")
_SAID = re.compile(r"(?:FATAL|ERROR|PANIC):\s+(.*)")


def host_facts(origin: Origin, *, planned: Cluster, runner: Runner) -> HostFacts:
    """The facts for the cluster as it will be; its ``config_file`` is one that can be read now.

    Raises Failed (``configuration-invalid``).
    """
    values = configured_values(planned, _ASKED, runner=runner)
    directory = os.path.dirname(planned.config_file)
    return HostFacts(
        hostname=hostname(),
        machine=machine(),
        libc=glibc_version(),
        block_size=int(values["block_size"]),
        wal_block_size=int(values["wal_block_size"]),
        icu=has_icu(planned.bin_directory, runner=runner),
        locales=tuple(_missing_locales(origin, planned=planned, directory=directory, runner=runner)),
        libraries=missing_libraries(
            _libraries(values[name] for name in _PRELOADED),
            bin_directory=planned.bin_directory,
            path=values["dynamic_library_path"],
            runner=runner,
        ),
        files=tuple(_missing_files(values, planned=planned)),
        directories=tuple(_missing_directories(values, planned=planned)),
        addresses=(
            *refused_addresses(values["listen_addresses"], port=int(values["port"])),
            *taken_sockets(_listed(values["unix_socket_directories"]), port=int(values["port"])),
        ),
        memory=_said_of_memory(planned, directory=directory, runner=runner),
    )


def usable_socket_directories(configured: str, *, fallback: str) -> str:
    """Those of ``unix_socket_directories`` that a server of this user can use here, or else the build's own."""
    usable = [each for each in _listed(configured) if _is_writable(each)]
    return ", ".join(usable or [each for each in _listed(fallback) if _is_writable(each)])


def _listed(text: str) -> list[str]:
    return [name for each in text.split(",") if (name := each.strip().strip('"'))]


def _libraries(lists: Iterable[str]) -> list[str]:
    return [name for text in lists for name in _listed(text)]


def _is_writable(directory: str) -> bool:
    return os.path.isdir(directory) and os.access(directory, os.W_OK | os.X_OK, effective_ids=True)


def _missing_locales(origin: Origin, *, planned: Cluster, directory: str, runner: Runner) -> Iterator[str]:
    """PostgreSQL itself says whether there is a locale: it tries one for how it writes times."""
    for name in sorted({locale for database in origin.databases for locale in database.locales}):
        arguments = ["-D", directory, "-c", f"lc_time={name}", "-c", f"config_file={os.devnull}"]
        if ask_setting(planned.program("postgres"), "lc_time", arguments=arguments, runner=runner).value is None:
            yield name


def _missing_files(values: Mapping[str, str], *, planned: Cluster) -> Iterator[tuple[str, str]]:
    """What lies outside the data directory, and is read at the start. What lay inside is in the backup."""
    if values["ssl"] == "on":
        yield from (
            (name, values[name])
            for name in FILE_SETTINGS
            if name.startswith("ssl_") and os.path.isabs(values[name]) and not _is_known(values[name], planned)
        )
    for name in ("pg_hba.conf", "pg_ident.conf"):
        text = read_text(os.path.join(os.path.dirname(planned.config_file), name)) or ""
        yield from ((name, each.path) for each in hba_references(text) if not _is_known(each.path, planned))


def _is_known(path: str, planned: Cluster) -> bool:
    return path.startswith(f"{planned.data_directory}/") or os.access(path, os.R_OK, effective_ids=True)


def _missing_directories(values: Mapping[str, str], *, planned: Cluster) -> Iterator[tuple[str, str]]:
    log = values["log_directory"]
    is_inside = not os.path.isabs(log) or log.startswith(f"{planned.data_directory}/")
    if values["logging_collector"] != "on" or is_inside or _is_writable(log):
        return
    # The server makes it, where the one above is there.
    if os.path.lexists(log) or not _is_writable(os.path.dirname(log)):
        yield "log_directory", log


def _said_of_memory(planned: Cluster, *, directory: str, runner: Runner) -> str:
    """What the server says when it tries to get its shared memory, as ``initdb`` lets it try; empty: nothing."""
    if planned.version < _CHECKED_SINCE:
        return ""
    write_durably(f"{directory}/PG_VERSION", f"{planned.version}\n".encode())
    for name in _LOOKED_FOR:
        os.makedirs(f"{directory}/{name}", mode=0o700, exist_ok=True)
    argv = [planned.program("postgres"), "--check", "-D", directory, "-c", f"config_file={planned.config_file}"]
    result = runner.run([*argv, *planned.start_options], check=False)
    if result.rc == 0:
        return ""
    said = _SAID.search(result.stderr)
    return said.group(1) if said else result.stderr.strip()


__all__ = ("host_facts", "usable_socket_directories")
