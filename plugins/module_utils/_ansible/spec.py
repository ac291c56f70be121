# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specifications shared by the modules; ``plugins/doc_fragments`` documents each.

The first three are written from there by ``make generate``: a new option goes into the fragment.
"""

from __future__ import annotations

from typing import Any

CLUSTER_OPTIONS: dict[str, Any] = {
    "name": {"type": "str"},
    "data_directory": {"type": "path"},
    "port": {"type": "int"},
    "bin_directory": {"type": "path"},
    "service": {"type": "str"},
    "os_user": {"type": "str"},
    "login_user": {"type": "str"},
}

REPOSITORY_OPTIONS: dict[str, Any] = {
    "repository_path": {"type": "path"},
    "repository_mount_point": {"type": "path"},
    "repository_host": {"type": "str"},
    "repository_user": {"type": "str"},
    "repository_ssh_port": {"type": "int"},
    "repository_ssh_identity_file": {"type": "path"},
    "repository_s3_bucket": {"type": "str"},
    "repository_s3_prefix": {"type": "str"},
    "repository_s3_endpoint": {"type": "str"},
    "repository_s3_region": {"type": "str"},
    "repository_s3_ca_file": {"type": "path"},
    "repository_s3_path_style": {"type": "bool"},
    "repository_s3_access_key_id": {"type": "str", "no_log": True},
    "repository_s3_secret_access_key": {"type": "str", "no_log": True},
    "repositories": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "required": {"type": "bool", "default": True},
            "path": {"type": "path"},
            "mount_point": {"type": "path"},
            "host": {"type": "str"},
            "user": {"type": "str"},
            "ssh_port": {"type": "int"},
            "ssh_identity_file": {"type": "path"},
            "s3_bucket": {"type": "str"},
            "s3_prefix": {"type": "str"},
            "s3_endpoint": {"type": "str"},
            "s3_region": {"type": "str"},
            "s3_ca_file": {"type": "path"},
            "s3_path_style": {"type": "bool"},
            "s3_access_key_id": {"type": "str", "no_log": True},
            "s3_secret_access_key": {"type": "str", "no_log": True},
            "keep_full": {"type": "int"},
            "keep_days": {"type": "int"},
            "keep_daily": {"type": "int"},
            "keep_weekly": {"type": "int"},
            "keep_monthly": {"type": "int"},
            "keep_yearly": {"type": "int"},
        },
    },
    "repository_age_recipients": {"type": "list", "elements": "str", "no_log": True},
}

AGENT_OPTIONS: dict[str, Any] = {
    "agent_path": {"type": "path", "default": "/usr/local/bin/pgpitr"},
    "config_directory": {"type": "path", "default": "/etc/pgpitr"},
}

RETENTION_OPTIONS: dict[str, Any] = {
    "keep_full": {"type": "int", "default": 2},
    "keep_days": {"type": "int", "default": 7},
    "keep_daily": {"type": "int", "default": 0},
    "keep_weekly": {"type": "int", "default": 0},
    "keep_monthly": {"type": "int", "default": 0},
    "keep_yearly": {"type": "int", "default": 0},
}

CONFIRMATION_OPTIONS: dict[str, Any] = {
    "confirm": {"type": "str"},
    "cluster_count": {"type": "int", "default": 1},
    "limited": {"type": "bool", "default": False},
    "fleet": {"type": "bool", "default": False},
}
ELSEWHERE_OPTIONS: dict[str, Any] = {
    "source": {"type": "str"},
    "tablespaces": {"type": "dict", "default": {}},
    "restore_wal_directory": {"type": "path"},
    "restore_as": {"type": "str", "choices": ["primary", "standby"], "default": "primary"},
    "primary_conninfo": {"type": "str", "no_log": True},
    "primary_slot_name": {"type": "str"},
}
AGE_IDENTITY_OPTIONS: dict[str, Any] = {
    "age_identity": {"type": "str", "no_log": True},
    "age_identity_file": {"type": "path", "no_log": False},
}
TARGET_OPTIONS: dict[str, Any] = {
    "target_time": {"type": "raw"},
    "target_lsn": {"type": "raw"},
    "target_xid": {"type": "raw"},
    "target_name": {"type": "raw"},
    "target_immediate": {"type": "bool", "default": False},
    "target_latest": {"type": "bool", "default": False},
    "target_inclusive": {"type": "bool", "default": True},
    "target_timeline": {"type": "str"},
    "target_action": {"type": "str", "choices": ["promote", "pause", "shutdown"], "default": "promote"},
}

__all__ = (
    "AGENT_OPTIONS",
    "AGE_IDENTITY_OPTIONS",
    "CLUSTER_OPTIONS",
    "CONFIRMATION_OPTIONS",
    "ELSEWHERE_OPTIONS",
    "REPOSITORY_OPTIONS",
    "RETENTION_OPTIONS",
    "TARGET_OPTIONS",
)
