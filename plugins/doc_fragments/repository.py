# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that name a repository."""

from __future__ import annotations

# Where recipients belong, a secret may be pasted by mistake. In the class ansible-test would take it for documentation.
SECRETS = (
    "repository_s3_access_key_id",
    "repository_s3_secret_access_key",
    "repository_age_recipients",
    "repositories.s3_access_key_id",
    "repositories.s3_secret_access_key",
)


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
  repositories:
    description:
      - Several repositories of the cluster, instead of the one that O(repository_path) or O(repository_s3_bucket)
        names; unset means that there is one.
      - Each item has the keys V(name), V(required), V(path), V(mount_point), V(host), V(user), V(ssh_port),
        V(ssh_identity_file), V(s3_bucket), V(s3_prefix), V(s3_endpoint), V(s3_region), V(s3_ca_file),
        V(s3_path_style), V(s3_access_key_id) and V(s3_secret_access_key), and rules of retention of its own,
        V(keep_full) to V(keep_yearly).
      - WAL is archived once every repository has it that is required. Backups go to the first one. A restore takes each
        backup and each segment from the first in this order that has it whole.
    type: list
    elements: dict
    suboptions:
      name:
        description: A name of its own, with letters, digits, hyphens and underscores.
        type: str
        required: true
      required:
        description:
          - Whether a segment counts as archived only once this repository has it. V(false) means that it never holds
            archiving up; it gets what it lacks later.
          - The first repository must be required.
        type: bool
        default: true
      path:
        description: As O(repository_path), of this repository.
        type: path
      mount_point:
        description: As O(repository_mount_point), of this repository.
        type: path
      host:
        description: As O(repository_host), of this repository.
        type: str
      user:
        description: As O(repository_user), of this repository.
        type: str
      ssh_port:
        description: As O(repository_ssh_port), of this repository.
        type: int
      ssh_identity_file:
        description: As O(repository_ssh_identity_file), of this repository.
        type: path
      s3_bucket:
        description: As O(repository_s3_bucket), of this repository.
        type: str
      s3_prefix:
        description: As O(repository_s3_prefix), of this repository.
        type: str
      s3_endpoint:
        description: As O(repository_s3_endpoint), of this repository.
        type: str
      s3_region:
        description: As O(repository_s3_region), of this repository.
        type: str
      s3_ca_file:
        description: As O(repository_s3_ca_file), of this repository.
        type: path
      s3_path_style:
        description: As O(repository_s3_path_style), of this repository.
        type: bool
      s3_access_key_id:
        description: As O(repository_s3_access_key_id), of this repository.
        type: str
      s3_secret_access_key:
        description: As O(repository_s3_secret_access_key), of this repository.
        type: str
      keep_full:
        description:
          - How many of the newest full backups stay in this repository, with every moment since the oldest of them.
          - Unset means what is kept everywhere; so do the other rules. Each repository is expired by its own rules.
        type: int
      keep_days:
        description: Of how many days every moment stays reachable in this repository.
        type: int
      keep_daily:
        description: How many days keep their last backup in this repository.
        type: int
      keep_weekly:
        description: How many weeks keep their last backup in this repository.
        type: int
      keep_monthly:
        description: How many months keep their last backup in this repository.
        type: int
      keep_yearly:
        description: How many years keep their last backup in this repository.
        type: int
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
