# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries whether a server would start again with the configuration of today, before it is stopped."""

from __future__ import annotations

import mmap
import os
import shutil
from collections.abc import Mapping

from ...._core.errors import Refused
from ...._core.postgres.cluster import PG_CTL, Cluster
from ...._core.postgres.settings import START_TRIAL_SINCE
from ...._core.recovery.settings import with_settings
from ...._io.host.files import read_text, write_durably
from ...._io.host.runner import Runner
from ...._io.host.scratch import scratch_directory
from ...._io.postgres.setting_answer import ask_setting

_AUTO = "postgresql.auto.conf"
# Of these the trial has its own: no lock file of the server that runs, and the control file where it may be locked.
_OWN = frozenset({_AUTO, "global", "postmaster.opts", "postmaster.pid"})
_CONTROL = "global/pg_control"
# So that what it says comes here, in English.
_TOLD_HERE = ("lc_messages=C", "log_destination=stderr", "log_line_prefix=", "log_min_messages=fatal")
# Reserves memory without a look at what is free (1), or counts that of the server which still runs (2).
_HEURISTIC_OVERCOMMIT = "0"


def check_start(cluster: Cluster, settings: Mapping[str, str], *, runner: Runner) -> None:
    """Return when PostgreSQL, with today's configuration and these settings, gets as far as its shared memory.

    What takes effect with a restart only was never tried by the server that runs. The program reads the whole
    configuration, loads the preloaded libraries and the certificates, and ends, in a directory of links to the data
    directory's files (source: ``src/backend/postmaster/postmaster.c``, PostmasterMain, where ``-C`` asks for a setting
    that is computed). Raises Refused (``server-would-not-start``).
    """
    if not cluster.running or cluster.version < START_TRIAL_SINCE:
        return
    with scratch_directory("pgpitr-start-") as directory:
        _link_files(cluster.data_directory, directory)
        text = with_settings(read_text(f"{cluster.data_directory}/{_AUTO}") or "", settings)
        write_durably(f"{directory}/{_AUTO}", text.encode("utf-8", "surrogateescape"))
        options = (f"config_file={cluster.config_file}", *cluster.start_options)
        answer = ask_setting(
            cluster.program("postgres"),
            "shared_memory_size",
            arguments=[
                *("-D", cluster.data_directory),
                *("-c", *options),
                *(word for value in (f"data_directory={directory}", *_TOLD_HERE) for word in ("-c", value)),
            ],
            runner=runner,
            environment=_environment(cluster),
        )
    if answer.value is None:
        raise _would_not_start(answer.reason)
    _check_memory(int(answer.value))


def _environment(cluster: Cluster) -> dict[str, str]:
    """What a service manager gives its server; one that pg_ctl starts has ours."""
    if cluster.service.kind == PG_CTL:
        return {}
    try:
        with open(f"/proc/{cluster.postmaster_pid}/environ", "rb") as stream:
            words = os.fsdecode(stream.read()).split("\0")
    except OSError:
        return {}
    return {name: value for name, separator, value in (word.partition("=") for word in words) if separator}


def _link_files(source: str, directory: str) -> None:
    for name in os.listdir(source):
        if name not in _OWN:
            os.symlink(f"{source}/{name}", f"{directory}/{name}")
    os.mkdir(f"{directory}/global", 0o700)
    shutil.copyfile(f"{source}/{_CONTROL}", f"{directory}/{_CONTROL}")


def _check_memory(size_mb: int) -> None:
    """Ask for memory as PostgreSQL does, which is refused where it is more than all that the host has."""
    if read_text("/proc/sys/vm/overcommit_memory") not in (f"{_HEURISTIC_OVERCOMMIT}\n", None):
        return
    try:
        mmap.mmap(-1, size_mb << 20).close()
    except OSError as error:
        raise _would_not_start(f"{size_mb} MB of shared memory: {error.strerror}") from error


def _would_not_start(said: str) -> Refused:
    return Refused(
        f"the server would not start again, with its configuration as it is now: {said}",
        code="server-would-not-start",
        hint="Its files were changed since it was started, in what takes effect with a restart. Correct that; for the "
        "restored server alone 'pitr_restore_settings' can. Nothing was stopped.",
    )


__all__ = ("check_start",)
