# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that decrypt an archive."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``AGE_IDENTITY_OPTIONS`` in ``module_utils/_ansible/spec.py``."""

    DOCUMENTATION = r"""
options:
  age_identity:
    description:
      - The C(age) identity that decrypts what was encrypted for O(repository_age_recipients), as C(age-keygen) writes
        it. Several secret keys may be given, a line each, as they are needed where recipients have changed.
      - It is held in memory, and for the time of the recovery in a file below C(/dev/shm) of PostgreSQL's account
        alone, which is removed when the recovery has ended or is rolled back. A wrong or missing one is refused
        before anything is changed. One with a passphrase is refused.
      - B(Without pipelining Ansible writes the options of a module to a file on the host while it runs); set
        C(ansible_pipelining), or give O(age_identity_file).
    type: str
  age_identity_file:
    description:
      - The same, as a file of the host that PostgreSQL's account can read, at best on a C(tmpfs). The file itself stays
        as it is.
    type: path
"""
