# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database that is backed up: pgbench's, on Debian's PostgreSQL."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bench_host import Host

PORT = 5432
ROWS_PER_SCALE = 100_000
FILL = """
pg_createcluster {version} main --port {port} -- --data-checksums >/dev/null
cat > /etc/postgresql/{version}/main/conf.d/bench.conf <<'SETTINGS'
shared_buffers = 512MB
max_wal_size = 8GB
checkpoint_timeout = 30min
autovacuum = off
SETTINGS
# The fastest way to fill it: nothing that is made now is backed up by its WAL.
cat > /etc/postgresql/{version}/main/conf.d/fill.conf <<'SETTINGS'
wal_level = minimal
max_wal_senders = 0
fsync = off
maintenance_work_mem = 512MB
SETTINGS
systemctl start postgresql@{version}-main
cd /
runuser -u postgres -- /usr/lib/postgresql/{version}/bin/pgbench -i -q -s {scale} -p {port} postgres 2>&1
rm /etc/postgresql/{version}/main/conf.d/fill.conf
systemctl restart postgresql@{version}-main
sync
"""
# Each row is read by its key: the plan must not depend on the statistics.
UPDATE = """
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
UPDATE pgbench_accounts SET abalance = abalance + 1
 WHERE aid IN (SELECT 1 + (random() * ({rows} - 1))::int FROM generate_series(1, {count}))
"""


@dataclass(frozen=True)
class Database:
    """The cluster `main` of the host."""

    host: Host
    version: int
    scale: int

    @property
    def data_directory(self) -> str:
        """Where it lies."""
        return f"/var/lib/postgresql/{self.version}/main"

    @property
    def bin_directory(self) -> str:
        """Where its programs are."""
        return f"/usr/lib/postgresql/{self.version}/bin"

    def fill(self) -> None:
        """Make the cluster and pgbench's tables."""
        self.host.script(FILL.format(version=self.version, scale=self.scale, port=PORT))

    def ask(self, sql: str, *, port: int = PORT) -> str:
        """The last value that the statements give."""
        said = self.host.run(
            "psql", "-XAtq", "--set=ON_ERROR_STOP=1", f"-p{port}", f"-c{sql}", "postgres", user="postgres"
        )
        return said.strip()

    def size_bytes(self) -> int:
        """The size of all databases."""
        return int(self.ask("SELECT sum(pg_database_size(oid)) FROM pg_database"))

    def change(self, *, count: int) -> None:
        """Update so many rows that lie anywhere."""
        self.ask(UPDATE.format(rows=self.scale * ROWS_PER_SCALE, count=count))

    def settle(self) -> None:
        """Come to rest: nothing to write, nothing to archive."""
        self.ask("CHECKPOINT")
        self.ask("SELECT pg_switch_wal()")
        waiting = "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'"
        deadline = time.monotonic() + 120
        while self.ask(waiting) != "0":
            if time.monotonic() > deadline:
                raise TimeoutError("the WAL was not archived within two minutes")
            time.sleep(0.2)
