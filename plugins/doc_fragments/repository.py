# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that name a repository."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``REPOSITORY_OPTIONS`` in ``module_utils/_ansible/spec.py``."""

    DOCUMENTATION = r"""
options:
  repository_path:
    description:
      - The directory that holds the backups and the WAL of the clusters, one folder each.
      - It must not lie inside a data directory or a tablespace of a cluster.
    type: path
    required: true
  repository_mount_point:
    description:
      - A directory that must be a mount point before anything is read from or written to the repository.
      - Set it when the repository lies on a mounted file system, so that an unmounted one is never filled underneath.
    type: path
  repository_host:
    description:
      - The host that keeps the repository, reached by SSH; unset means this host.
      - O(repository_path) is the directory there.
    type: str
  repository_user:
    description:
      - The account on O(repository_host) that owns the repository.
      - Unset means V(pgpitr).
    type: str
  repository_ssh_port:
    description:
      - The port on which O(repository_host) answers SSH; unset means 22.
    type: int
  repository_ssh_identity_file:
    description:
      - The private key, on the database's host, that O(repository_host) lets in for this cluster alone.
      - Unset means C(.ssh/pgpitr-<name>) in the home directory of PostgreSQL's account.
    type: path
"""
