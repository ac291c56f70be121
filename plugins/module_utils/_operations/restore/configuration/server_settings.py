# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the restored server, as PostgreSQL's own program reads them."""

from __future__ import annotations

from collections.abc import Mapping

from ...._core.errors import InvalidInput
from ...._core.postgres.cluster import Cluster
from ...._core.postgres.configuration_text import quote_guc
from ...._core.postgres.settings import settings_in
from ...._core.recovery.silence import DECIDING_SETTINGS
from ...._core.redaction import redacted
from ...._io.host.files import write_durably
from ...._io.host.runner import Runner
from ...._io.host.scratch import scratch_directory
from ...._io.postgres.configured_settings import configured_values
from ...._io.postgres.setting_answer import ask_setting


def accepted_settings(cluster: Cluster, settings: Mapping[str, str], *, runner: Runner) -> dict[str, str]:
    """The settings as PostgreSQL writes their values (``on`` for ``yes``).

    Each is tried in a file of its own: a value may be a password, and a command line can be seen by others. Raises
    InvalidInput (``setting-invalid``).
    """
    with scratch_directory("pgpitr-settings-") as directory:
        return {
            name: _accepted(cluster, name, value, directory=directory, runner=runner)
            for name, value in settings.items()
        }


def deciding_settings(cluster: Cluster, *, given: Mapping[str, str], runner: Runner) -> dict[str, str]:
    """What is configured, or ``given``, of the settings that decide what a copy has off.

    Raises Failed (``configuration-invalid``).
    """
    known = settings_in(cluster.version)
    names = [name for name in DECIDING_SETTINGS if name in known]
    configured = configured_values(cluster, [name for name in names if name not in given], runner=runner)
    return {**configured, **{name: given[name] for name in names if name in given}}


def _accepted(cluster: Cluster, name: str, value: str, *, directory: str, runner: Runner) -> str:
    path = f"{directory}/postgresql.conf"
    write_durably(path, f"{name} = {quote_guc(value)}\n".encode("utf-8", "surrogateescape"))
    answer = ask_setting(cluster.program("postgres"), name, arguments=["-D", directory], runner=runner)
    if answer.value is None:
        raise InvalidInput(
            f"settings: PostgreSQL {cluster.version} does not take '{name}': {redacted(answer.reason)}",
            code="setting-invalid",
            hint="Correct it in 'pitr_restore_settings'; nothing was changed.",
        )
    return answer.value


__all__ = ("accepted_settings", "deciding_settings")
