# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster that archives under another name than the one that is asked for now."""

from __future__ import annotations

import shlex

from ..errors import Refused
from ..repository.identity import RepositoryIdentity


def archived_name(command: str) -> str | None:
    """The name under which an ``archive_command`` of this collection archives; ``None`` for any other command.

    >>> archived_name("/usr/local/bin/pgpitr archive-push --cluster db1 %p")
    'db1'
    """
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    return words[3].replace("%%", "%") if words[1:3] == ["archive-push", "--cluster"] and len(words) > 3 else None


def check_same_name(
    name: str, *, present: str, known_as_present: RepositoryIdentity | None, system_identifier: str, data_directory: str
) -> None:
    """Raise Refused (``cluster-name-differs``) when the cluster archives as ``present`` and would archive as ``name``.

    ``known_as_present`` is what the repository has under the present name, ``None``: nothing. Another cluster's, as
    before pg_upgrade, is no reason: then the command came along with the configuration.
    """
    if present == name or (known_as_present is not None and not known_as_present.knows(system_identifier)):
        return
    raise Refused(
        f"the cluster in '{data_directory}' archives as '{present}', and would go on as '{name}' in another folder,"
        " apart from its backups and its WAL until now",
        code="cluster-name-differs",
        hint=f"Set 'pitr_cluster_name: {present}': without it the host's name in the inventory counts, which differs"
        " where one inventory has the short name and another the full one. To begin anew under the new name all the"
        " same, set 'pitr_archiving_replace_command: true', and take a full backup.",
    )


__all__ = ("archived_name", "check_same_name")
