# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody without a superuser's rights plants in a database, so that it runs when a superuser reads it."""

from __future__ import annotations

from pathlib import Path

from support.cluster import Cluster

# Whatever stands in the way is tried to be taken away first. The answer stays that of an honest function.
_TRAP = """
CREATE FUNCTION public.trap({arguments}) RETURNS {returns} LANGUAGE plpgsql AS $trap$
DECLARE
    attempt text;
BEGIN
    FOREACH attempt IN ARRAY ARRAY[
        'RESET ROLE',
        'RESET SESSION AUTHORIZATION',
        'SET ROLE {superuser}',
        'SET SESSION AUTHORIZATION {superuser}',
        'SELECT set_config(''role'', ''none'', false)',
        'SET transaction_read_only = off',
        $$COPY (SELECT 1) TO PROGRAM 'touch {proof}'$$,
        $$SELECT pg_catalog.pg_file_write('{proof}', 'x', false)$$
    ] LOOP
        BEGIN
            EXECUTE attempt;
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
    RETURN {answer};
END
$trap$;
"""
PLACES = ("view", "view of a function with settings", "operator", "aggregate", "search path", "role of the database")


def plant(cluster: Cluster, place: str, *, proof: Path, role: str, database: str = "shop") -> str:
    """Plant as `role` what makes the file `proof` once a superuser runs the check that is the result, which gives 1."""
    statements, check = _planted(place, proof=proof, superuser=cluster.superuser, database=database, role=role)
    connection = cluster.connect(database=database, user=role)
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()
    return check


def _planted(place: str, *, proof: Path, superuser: str, database: str, role: str) -> tuple[list[str], str]:
    names = {"proof": proof, "superuser": f'"{superuser}"', "arguments": "", "returns": "bigint", "answer": "1"}
    table = "CREATE TABLE public.real (name varchar); INSERT INTO public.real VALUES ('x')"
    if place == "view":
        view = "CREATE VIEW public.orders AS SELECT trap() AS number"
        return [_TRAP.format(**names), view], "SELECT number FROM orders"
    if place == "view of a function with settings":
        alter = "ALTER FUNCTION public.trap() SET search_path = public"
        view = "CREATE VIEW public.orders AS SELECT trap() AS number"
        return [_TRAP.format(**names), alter, view], "SELECT number FROM orders"
    if place == "operator":
        function = {**names, "arguments": "varchar, varchar", "returns": "boolean", "answer": "true"}
        operator = "CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.trap)"
        return [table, _TRAP.format(**function), operator], "SELECT count(*) FROM public.real WHERE name = 'x'::varchar"
    if place == "aggregate":
        function = {**names, "arguments": "bigint, varchar", "answer": "1"}
        aggregate = "CREATE AGGREGATE public.number_of (varchar) (SFUNC = public.trap, STYPE = bigint)"
        return [table, _TRAP.format(**function), aggregate], "SELECT number_of(name) FROM public.real"
    if place == "search path":
        function = _TRAP.format(**{**names, "arguments": "bigint"}).replace("public.trap", "public.abs")
        path = f"ALTER DATABASE {database} SET search_path = public, pg_catalog"
        return [function, path], "SELECT abs(1::bigint)"
    if place == "role of the database":
        view = "CREATE VIEW public.orders AS SELECT trap() AS number"
        alter = f"ALTER ROLE {role} SET search_path = public; ALTER DATABASE {database} SET role = {role}"
        return [_TRAP.format(**names), view, alter], "SELECT number FROM orders"
    raise AssertionError(f"nothing is known of {place}")
