# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run as the clusters' user: asks one server the same questions through psycopg2 and through psql, and prints both.

Arguments: a data directory, a directory of programs, a user to log in as, and the questions, JSON pairs of a statement
and its parameters.
"""

from __future__ import annotations

import json
import sys

from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.cluster import resolve_cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.psycopg2_server import connect
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.sql.psql_server import PsqlServer


def main() -> None:
    """Print one JSON line for each question: the two answers as Python writes them."""
    data_directory, bin_directory, login_user, questions = sys.argv[1:]
    cluster = resolve_cluster({"data_directory": data_directory, "bin_directory": bin_directory})
    servers = [
        connect(cluster, login_user=login_user or None),
        PsqlServer(cluster, login_user=login_user or None),
    ]
    for statement, parameters in json.loads(questions):
        sys.stdout.write(json.dumps([_answer(server, statement, parameters) for server in servers]) + "\n")


def _answer(server, statement, parameters):
    try:
        return repr([tuple(row) for row in server.rows(statement, parameters)])
    except PitrError as error:
        return error.code


if __name__ == "__main__":
    main()
