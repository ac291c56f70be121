# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role that SQL checks run as.

A check of a database runs code that others have put there: a view calls functions, and these run with the rights of
whoever reads the view. A superuser's are those of the operating system's account (``COPY … TO PROGRAM``). ``SET ROLE``
does not help: the function can set it back. So the checks log in as a role that has no such rights.
"""

from __future__ import annotations

from ..._io.sql.server import Server

# Roles that may log in here and can't become a superuser or reach files and programs of the server's host, with what
# makes them fit: they read everything, or they own (or inherit from who owns) most of what lies in this database.
# Nothing in it is anybody's who is not a superuser: then no role is found, and nobody else can have put anything there.
_FITTING = """
WITH harmful AS (
    SELECT oid FROM pg_roles
    WHERE rolsuper OR rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
), owned AS (
    SELECT owner, sum(number) AS number
    FROM (
        SELECT relowner AS owner, count(*) AS number FROM pg_class WHERE oid >= 16384 GROUP BY relowner
        UNION ALL SELECT proowner, count(*) FROM pg_proc WHERE oid >= 16384 GROUP BY proowner
        UNION ALL SELECT datdba, 0 FROM pg_database WHERE datname = current_database()
    ) AS objects
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolsuper AND oid = owner)
    GROUP BY owner
), fitting AS (
    SELECT rolname, pg_has_role(r.oid, 'pg_read_all_data', 'USAGE') AS reads_all,
        (SELECT sum(number) FROM owned WHERE pg_has_role(r.oid, owner, 'USAGE')) AS number
    FROM pg_roles AS r
    WHERE rolcanlogin AND NOT rolsuper AND rolname !~ '[[:cntrl:]"\\\\]|^[/+]'
        AND has_database_privilege(r.oid, current_database(), 'CONNECT')
        AND NOT EXISTS (SELECT FROM harmful WHERE pg_has_role(r.oid, harmful.oid, 'MEMBER'))
)
SELECT rolname::text FROM fitting WHERE reads_all OR number IS NOT NULL
ORDER BY reads_all DESC, number DESC NULLS LAST, rolname LIMIT 1
"""


def fitting_role(server: Server) -> str | None:
    """The role for checks of the database that the server is asked in.

    ``None`` where nothing in it belongs to anybody but superusers.
    """
    found = server.rows(_FITTING)
    return str(found[0][0]) if found else None


__all__ = ("fitting_role",)
