# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An origin as a backup on Debian records it."""

from __future__ import annotations

from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.origin import (
    DatabaseLocale,
    Origin,
    OriginConfiguration,
)

FILES = OriginConfiguration(
    settings="data_directory = '/old/data'\nport = 5432\nssl_cert_file = '/old/data/server.crt'\n",
    auto="work_mem = '8MB'\nprimary_conninfo = 'password=canary'\nrecovery_target_time = 'then'\n",
    hba='host all @"/old/data/admins" all scram-sha-256\n',
    ident="",
)


def sample_origin(**changes: Any) -> Origin:
    """With these fields."""
    fields: dict[str, Any] = {
        "hostname": "db1",
        "machine": "x86_64",
        "libc": "2.36",
        "data_directory": "/old/data",
        "port": 5432,
        "block_size": 8192,
        "wal_block_size": 8192,
        "databases": (DatabaseLocale("shop", "c", "de_DE.UTF-8", "de_DE.UTF-8", "2.36"),),
        "configuration": FILES,
        "debian_name": "15/main",
    }
    return Origin(**{**fields, **changes})
