# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ways to a server, psycopg2 and psql, are one port: they answer alike."""

from __future__ import annotations

import json
import sys

import pytest
from support.places import SUPPORT, collections_path

QUESTIONS = [
    ["SELECT 1, true, false, NULL, 1.5, 2.5::float8, 7::oid, 9::bigint", None],
    [
        "SELECT %(text)s, %(number)s, %(yes)s, %(nothing)s::text",
        {"text": "x", "number": -5, "yes": True, "nothing": None},
    ],
    ["SELECT %(text)s", {"text": "it's \\ \"q\" :x :'y' %s %% \\echo\nnew,line\ttab ä"}],
    ["SELECT ''", None],
    ["SELECT ''::text FROM generate_series(1, 2)", None],
    ["SELECT 1 WHERE false", None],
    ["SELECT 1 AS a, 2 AS a", None],
    ["SELECT 5 % 2", None],
    ["SELECT timestamptz '2026-09-15 14:30:00.5+05:45', timestamptz '2026-01-01 00:00:00+00'", None],
    ["SELECT '0/3000028'::pg_lsn::text, pg_is_in_recovery()", None],
    ["SELECT %(text)s = ANY(%(list)s)", {"text": "a", "list": ["a", "b"]}],
    ["SELECT current_setting('search_path'), current_setting('application_name')", None],
    ["CHECKPOINT", None],
    ["SELECT 1/0", None],
    ["SELECT FROM nowhere", None],
    ["SELECT 'after a failure'", None],
]


@pytest.fixture
def ask(os_user):
    """Asks a cluster in both ways: pairs of answers."""

    def run(cluster, *, login_user="", questions=tuple(QUESTIONS)):
        argv = [sys.executable, str(SUPPORT / "answers.py"), str(cluster.data), str(cluster.program("postgres").parent)]
        done = os_user.run(
            [*argv, login_user, json.dumps(list(questions))],
            extra_environment={"PYTHONPATH": str(collections_path()), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


@pytest.mark.versions(15, 18)
def test_both_ways_answer_alike(make_cluster, ask):
    cluster = make_cluster(
        directory_name="it's a name", settings={"timezone": "Asia/Kathmandu", "datestyle": "German, DMY"}
    )

    pairs = ask(cluster)

    assert len(pairs) == len(QUESTIONS)
    assert [one for one in pairs if one[0] != one[1]] == []
    assert [pair[0] for pair in pairs[-3:]] == ["sql-failed", "sql-failed", "[('after a failure',)]"]


@pytest.mark.versions(18)
def test_psql_comes_back_after_its_server_did(make_cluster, ask):
    cluster = make_cluster()

    questions = [["SELECT pg_terminate_backend(pg_backend_pid())", None], ["SELECT 1", None]]
    answers = [pair[1] for pair in ask(cluster, questions=questions)]

    assert answers == ["server-down", "[(1,)]"]


@pytest.mark.versions(15, 18)
def test_superuser_of_another_name_is_found_or_named(make_cluster, ask, os_user):
    cluster = make_cluster(superuser="boss")

    assert ask(cluster, login_user="boss", questions=[["SELECT current_user::text", None]]) == [["[('boss',)]"] * 2]


@pytest.mark.versions(18)
@pytest.mark.parametrize(
    "setting", ["role = stranger", "local_preload_libraries = 'none_such'", "search_path = public"]
)
def test_owner_of_the_database_does_not_change_what_statements_mean(make_cluster, ask, setting):
    cluster = make_cluster()
    cluster.sql("CREATE ROLE stranger")
    cluster.sql("CREATE FUNCTION public.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'")
    cluster.sql(f"ALTER DATABASE postgres SET {setting}")
    question = "SELECT current_user = session_user, pg_is_in_recovery(), current_setting('local_preload_libraries')"

    assert ask(cluster, questions=[[question, None]]) == [["[(True, False, '')]"] * 2]
