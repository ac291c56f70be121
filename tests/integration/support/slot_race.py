# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run as the clusters' user: plans a replication slot, lets another connection come first, carries the plan out.

Arguments: a data directory, a directory of programs, a user to log in as, the slot's name, whether it is wanted
(``yes`` or ``no``), and the statement of the one that comes first. Prints the code of the failure,
or ``done``, and the number of slots of this name, which the same connection has to be able to say.
"""

from __future__ import annotations

import sys

from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.cluster import resolve_cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.psycopg2_server import connect
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.stream_slot import StreamSlot


def main() -> None:
    """Print the two words."""
    data_directory, bin_directory, login_user, name, is_wanted, statement = sys.argv[1:]
    cluster = resolve_cluster({"data_directory": data_directory, "bin_directory": bin_directory})
    server, other = (connect(cluster, login_user=login_user or None) for _each in range(2))
    slot = StreamSlot(server, name)
    steps = slot.plan(is_wanted=is_wanted == "yes")
    other.rows(statement)
    try:
        slot.apply(steps)
        said = "done"
    except PitrError as error:
        said = error.code
    count = server.rows(
        "SELECT count(*) FROM pg_catalog.pg_replication_slots WHERE slot_name = %(name)s", {"name": name}
    )
    sys.stdout.write(f"{said} {count[0][0]}\n")


if __name__ == "__main__":
    main()
