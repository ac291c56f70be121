# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes settings to their files and puts them into force; puts the files back if that fails."""

from __future__ import annotations

from collections.abc import Mapping

from ..._core.errors import Failed, PitrError
from ..._core.postgres.cluster import Cluster
from ..._core.postgres.setting_changes import DISABLED, SettingPlan, file_errors
from ..._io.host.runner import Runner
from ..._io.host.wait import wait_until
from ..._io.postgres.configuration_files import ConfigurationFile, check_configuration, write_configuration_files
from ..._io.postgres.service.service import Service
from ..._io.sql.server import Server

_RELOAD_TIMEOUT_SECONDS = 20
_POLL_SECONDS = 0.05


def apply_settings(
    plan: SettingPlan,
    *,
    files: Mapping[str, ConfigurationFile],
    texts: Mapping[str, str],
    cluster: Cluster,
    server: Server,
    service: Service,
    runner: Runner,
) -> None:
    """Write the files, let PostgreSQL check them, and reload.

    Raises Failed with the files put back: ``configuration-invalid``, and ``reload-failed`` when the server does not
    take a value.
    """
    write_configuration_files(files, texts=texts)
    try:
        check_configuration(cluster, runner=runner)
        errors = file_errors(server.file_settings(), in_force=server.settings())
        if errors:
            raise Failed(
                f"the server would refuse its configuration: {'; '.join(errors)}",
                code="configuration-invalid",
                hint="Correct what is named, and run again.",
            )
        _reload(plan, server=server, service=service)
    except PitrError:
        _put_back(files, texts=texts)
        service.reload()
        raise


def restart_with(files: Mapping[str, ConfigurationFile], *, texts: Mapping[str, str], service: Service) -> None:
    """Restart; a server that does not start gets its old files back and is started with those.

    Raises Failed (``restart-failed``) with what the log said.
    """
    service.stop()
    try:
        service.start(timeout_seconds=300)
    except PitrError as error:
        _put_back(files, texts=texts)
        service.stop()
        service.start(timeout_seconds=300)
        raise Failed(
            f"the server did not start with the new settings and is running with the old ones again: {error.message}",
            code="restart-failed",
            hint="Its log names the setting; correct it and run again.",
        ) from error


def _reload(plan: SettingPlan, *, server: Server, service: Service) -> None:
    before = server.configuration_loaded_at()
    service.reload()
    is_loaded = wait_until(
        lambda: server.configuration_loaded_at() > before and not _not_in_force(plan, server=server),
        seconds=_RELOAD_TIMEOUT_SECONDS,
        pause_seconds=_POLL_SECONDS,
    )
    if not is_loaded:
        raise Failed(
            f"these settings did not take effect after a reload: {', '.join(_not_in_force(plan, server=server))}",
            code="reload-failed",
            hint="The server's log says what it made of the files.",
        )


def _not_in_force(plan: SettingPlan, *, server: Server) -> list[str]:
    in_force = server.settings()
    late = []
    for step in plan.steps:
        current = in_force[step.name]
        if current.value not in (step.after, DISABLED) and not current.pending_restart:
            late.append(step.name)
    return late


def _put_back(files: Mapping[str, ConfigurationFile], *, texts: Mapping[str, str]) -> None:
    write_configuration_files(files, texts={path: files[path].text for path in texts})


__all__ = ("apply_settings", "restart_with")
