# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports at once what other files import late, to let PostgreSQL's commands start fast.

Ansible's payload can be read by the login user only, so nothing can be imported from it any more once a module acts as
the cluster's user. A test compares this with the late imports of all files.
"""

from __future__ import annotations

from ..._core.encryption import age_keys
from ..._core.repository import bucket, repository_host, ssh_command
from ..._io.encryption import age, encrypted_file
from ..._io.host import files, free_space, temporary_file
from ..._io.privilege import account, controllers, program
from ..._io.remote import connection, lease
from ..._io.remote import storage as remote_storage
from ..._io.s3 import lease as s3_lease
from ..._io.s3 import object_facts, probe, put, reading, session
from ..._io.s3 import removal as s3_removal
from ..._io.s3 import storage as s3_storage
from ..._io.storage import directory, file_errors, file_lease, file_put, mount, place, removal
from ..._io.stream import library_compress
from ..._io.wal import checksum_file, divergence, stored_file

LATE_IMPORTS = (
    account,
    bucket,
    age,
    age_keys,
    checksum_file,
    connection,
    controllers,
    directory,
    divergence,
    encrypted_file,
    file_errors,
    file_lease,
    file_put,
    files,
    free_space,
    lease,
    library_compress,
    mount,
    object_facts,
    place,
    probe,
    program,
    put,
    reading,
    remote_storage,
    removal,
    repository_host,
    s3_lease,
    s3_removal,
    s3_storage,
    session,
    ssh_command,
    stored_file,
    temporary_file,
)

__all__ = ("LATE_IMPORTS",)
