# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that name a repository."""

from __future__ import annotations

# Where recipients belong, a secret may be pasted by mistake. In the class ansible-test would take it for documentation.
SECRETS = ("repository_s3_access_key_id", "repository_s3_secret_access_key", "repository_age_recipients")


class ModuleDocFragment:
    """Options of ``REPOSITORY_OPTIONS`` in ``module_utils/_ansible/spec.py``."""

    DOCUMENTATION = r"""
options:
  repository_path:
    description:
      - The directory that holds the backups and the WAL of the clusters, one folder each.
      - It must not lie inside a data directory or a tablespace of a cluster.
      - It must be set, unless O(repository_s3_bucket) is.
    type: path
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
  repository_s3_bucket:
    description:
      - The bucket of an object storage (S3) that keeps the repository; unset means that a directory does.
      - It takes the place of O(repository_path). The bucket must be there, and its store must honour
        C(If-None-Match), which is tried.
    type: str
  repository_s3_prefix:
    description:
      - What the keys of the repository begin with in O(repository_s3_bucket), such as V(postgresql/prod); unset means
        that the whole bucket is the repository.
    type: str
  repository_s3_endpoint:
    description:
      - The URL of the object storage, such as V(https://s3.example.com); unset means Amazon's of the region.
    type: str
  repository_s3_region:
    description:
      - The region of O(repository_s3_bucket); unset means V(us-east-1) where O(repository_s3_endpoint) is set, else the
        one that AWS's own configuration names.
    type: str
  repository_s3_ca_file:
    description:
      - The certificates, on the database's host, of the authority that the object storage has its own from.
      - Unset means those that the system trusts.
    type: path
  repository_s3_path_style:
    description:
      - Whether the bucket is named in the path of each URL rather than in its host name, as most stores but Amazon's
        need it; unset means that it is where the host name cannot have it.
    type: bool
  repository_s3_access_key_id:
    description:
      - The identifier of the key to the bucket. The module M(pgfleet.pitr.agent) writes both keys into a file that only
        PostgreSQL's account reads.
      - Unset means the identity of the host, or the usual files in the home directory of PostgreSQL's account.
    type: str
  repository_s3_secret_access_key:
    description:
      - The secret that belongs to O(repository_s3_access_key_id).
    type: str
  repository_age_recipients:
    description:
      - The C(age) recipients for whom WAL and backups are encrypted before they leave the database's host, which cannot
        read them back. Unset means that they are stored as they are.
      - Each begins with V(age1). With several, the identity of any one of them is enough for a restore. B(Without an
        identity nothing can be restored); keep them where neither the database's host nor the repository is.
      - What is stored already stays as it is. The host needs the program C(age).
    type: list
    elements: str
"""
