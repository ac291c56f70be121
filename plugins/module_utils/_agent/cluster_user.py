# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user that a command works as when root types it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping

from .._core.errors import InvalidInput, PitrError
from .._io.host.agent_config import agent_config_path, configured_clusters, read_agent_config
from .._io.privilege.account import Account, account_named
from .._io.privilege.apart import become_apart


def become_cluster_user(options: Namespace) -> None:
    """Be the operating system user of the cluster that the options name, or of all that are configured, for good.

    Where none is configured, nothing is done that needs one. Raises InvalidInput (``config-invalid``,
    ``config-missing``, ``os-user-unknown``), Refused (``os-user-is-root``, ``config-not-trusted``).
    """
    if options.cluster:
        become_apart(_user_of(options.cluster, config_directory=options.config_directory))
        return
    users = _users_of_all(options.config_directory)
    if len(set(users.values())) > 1:
        raise InvalidInput(
            f"the clusters of this host belong to different users: {', '.join(sorted(users))}",
            code="cluster-ambiguous",
            hint="Name one of them with --cluster.",
        )
    if users:
        become_apart(next(iter(users.values())))


def _users_of_all(config_directory: str) -> Mapping[str, Account]:
    """The user of each cluster whose configuration can be read; the command itself tells of the others.

    Where there is no other, raises what is wrong with the first one.
    """
    found, errors = {}, []
    for name in configured_clusters(config_directory):
        try:
            found[name] = _user_of(name, config_directory=config_directory)
        except PitrError as error:
            errors.append(error)
    if errors and not found:
        raise errors[0]
    return found


def _user_of(name: str, *, config_directory: str) -> Account:
    user = read_agent_config(config_directory, cluster_name=name)["os_user"]
    if not user:
        raise InvalidInput(
            f"'{agent_config_path(config_directory, cluster_name=name)}' does not set 'os_user', and nothing is done"
            " as root",
            code="config-invalid",
            hint="Run the playbook 'archive', which writes it.",
        )
    return account_named(user)


__all__ = ("become_cluster_user",)
