# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The superusers of a cluster, by its files."""

from __future__ import annotations

from ..._core.postgres.role_file import PG_AUTHID_OID, file_number, superusers_in


def superusers_of(data_directory: str) -> tuple[str, ...]:
    """The names of superusers that may log in, as far as the files have them; none where these cannot be read."""
    number = file_number(_read(f"{data_directory}/global/pg_filenode.map"))
    return superusers_in(_read(f"{data_directory}/global/{number or PG_AUTHID_OID}"))


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""


__all__ = ("superusers_of",)
