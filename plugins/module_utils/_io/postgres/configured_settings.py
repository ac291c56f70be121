# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster's configuration files say, as its own ``postgres`` program reads them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from ..._core.errors import Failed
from ..._core.postgres.cluster import PG_CTL, Cluster
from ..._core.postgres.settings import HOT_STANDBY_SETTINGS
from ..host.runner import Runner
from .at_once import at_once
from .setting_answer import ask_setting


def read_setting(name: str, *, program: str, arguments: Sequence[str], runner: Runner, about: str) -> str:
    """The value of one setting as ``postgres`` itself would read it at a start with these arguments.

    ``about`` is the directory to name in the error. Raises Failed (``configuration-invalid``).
    """
    answer = ask_setting(program, name, arguments=arguments, runner=runner)
    if answer.value is None:
        raise Failed(
            f"the configuration of '{about}' cannot be read: {answer.said}",
            code="configuration-invalid",
            hint="Correct the file that is named; PostgreSQL itself would not start with it.",
        )
    return answer.value


def configured_value(cluster: Cluster, name: str, *, runner: Runner) -> str:
    """The value that one setting would have after the next start. Raises Failed (``configuration-invalid``)."""
    # A running server has the options that its service manager gives it again; without one nobody else keeps them.
    options = cluster.start_options if cluster.running or cluster.service.kind == PG_CTL else ()
    # The program wants a directory that exists; for a setting's value it need not be the data directory.
    directory = os.path.dirname(cluster.config_file) if cluster.is_lost else cluster.data_directory
    return read_setting(
        name,
        program=cluster.program("postgres"),
        arguments=["-D", directory, "-c", f"config_file={cluster.config_file}", *options],
        runner=runner,
        about=cluster.data_directory,
    )


def configured_values(cluster: Cluster, names: Iterable[str], *, runner: Runner) -> dict[str, str]:
    """The same of several, by name."""
    wanted = list(names)
    # Each is a program of its own, which takes 20 ms.
    return dict(zip(wanted, at_once(lambda name: configured_value(cluster, name, runner=runner), wanted)))


def hot_standby_settings(cluster: Cluster, *, runner: Runner) -> dict[str, int]:
    """The five settings that must not be lower than those of the server that wrote the WAL."""
    values = configured_values(cluster, HOT_STANDBY_SETTINGS, runner=runner)
    return {name: int(value) for name, value in values.items()}


__all__ = ("configured_value", "configured_values", "hot_standby_settings", "read_setting")
