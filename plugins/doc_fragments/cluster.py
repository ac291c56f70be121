# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that name a cluster."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``CLUSTER_OPTIONS`` in ``module_utils/_ansible/spec.py``."""

    DOCUMENTATION = r"""
options:
  name:
    description:
      - The cluster's name in the repository, where it has a folder of its own.
      - Letters, digits, dots, underscores and hyphens, beginning with a letter or digit.
    type: str
  data_directory:
    description:
      - The cluster's data directory.
      - Without it, the only cluster of the host is meant; with several clusters the task fails and lists them.
    type: path
  port:
    description:
      - The TCP port that also names the server's Unix socket; chooses the cluster when O(data_directory) is unset.
      - Discovered when unset.
    type: int
  bin_directory:
    description:
      - The directory of PostgreSQL's programs of the cluster's major version.
      - Discovered when unset.
    type: path
  service:
    description:
      - The systemd unit that starts and stops the cluster; or, in the form V(15/main), its name for Debian's
        C(pg_ctlcluster); or V(pg_ctl).
      - Discovered when unset; a cluster that no service manager owns is started and stopped with C(pg_ctl).
    type: str
  os_user:
    description:
      - The operating system user that PostgreSQL runs as.
      - Discovered when unset; it is the owner of the data directory.
    type: str
  login_user:
    description:
      - The superuser to connect as, over the server's Unix socket.
      - When unset, a role with the name of O(os_user), else V(postgres).
    type: str
  from_variables:
    description:
      - Takes the options that the task does not give, required ones included, from the host's variables that the roles
        read as well.
      - V(cluster) takes O(name) from C(pitr_cluster_name), or else from the host's name in the inventory,
        O(data_directory) from C(pitr_cluster_data_directory), and the other options that describe the cluster likewise.
      - V(repository) takes C(repository_path) from C(pitr_repository_path), and the other options that begin with
        C(repository_) likewise.
      - V(agent) takes C(agent_path) from C(pitr_agent_path), and C(config_directory) from
        C(pitr_agent_config_directory).
      - When unset, no variable is read.
    type: list
    elements: str
    choices: [cluster, repository, agent]
notes:
  - An option whose value is the empty string or null counts as not given. AWX passes optional answers of a survey that
    were left empty as empty strings.
"""
