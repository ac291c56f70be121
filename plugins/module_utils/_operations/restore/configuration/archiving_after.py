# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server that is restored in place will archive its new timeline."""

from __future__ import annotations

from ...._core.errors import Refused
from ...._core.postgres.cluster import Cluster
from ...._core.postgres.settings import settings_in
from ...._io.host.runner import Runner
from ...._io.postgres.configured_settings import configured_values

_COMMANDS = ("archive_command", "archive_library")


def check_archives(cluster: Cluster, *, runner: Runner) -> None:
    """Return when the server archives once it is started with its configuration of today.

    The restore ends with the new timeline's history in the archive, and is rolled back where that does not come. What
    the running server has counts for nothing: archive_mode may have been changed in the files only. Raises Refused
    (``archiving-off``).
    """
    if cluster.is_lost and cluster.has_configuration_inside:
        # The backup has the only configuration that is left, and was taken of a server that archived.
        return
    commands = [name for name in _COMMANDS if name in settings_in(cluster.version)]
    found = configured_values(cluster, ("archive_mode", *commands), runner=runner)
    if found["archive_mode"] == "off":
        raise _refused("archive_mode is off")
    if not any(found[name] for name in commands):
        raise _refused(f"{' and '.join(commands)} {'is' if len(commands) == 1 else 'are'} empty")


def _refused(reason: str) -> Refused:
    return Refused(
        f"the restored server would not archive its new timeline, and the restore would be rolled back: {reason} in its"
        " configuration",
        code="archiving-off",
        hint="Run the playbook 'archive', or set it in the configuration: the restored server starts with that, so the"
        " server that runs need not be started again for it.",
    )


__all__ = ("check_archives",)
