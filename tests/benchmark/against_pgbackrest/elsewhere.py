# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories of another user, reached by SSH over loopback: the same way for both tools."""

from __future__ import annotations

from bench_host import Host

# The name that the host has for itself, and whose repository pgBackRest's is. That of pgfleet.pitr is pgpitr's.
KEEPER = "keeper"
KEEPERS_CONFIGURATION = "/etc/pgbackrest-keeper.conf"
# pgBackRest takes backups on the repository's host, and restores on the database's: each side reaches the other.
PREPARE = f"""
echo '127.0.0.1 {KEEPER}' >> /etc/hosts
useradd --create-home --shell /bin/bash {KEEPER}
for user in postgres {KEEPER}; do
    home=$(getent passwd $user | cut -d: -f6)
    install -d -o $user -g $user -m 0700 $home/.ssh
    [ -f $home/.ssh/id_ed25519 ] || runuser -u $user -- ssh-keygen -q -t ed25519 -N '' -f $home/.ssh/id_ed25519
    ssh-keyscan -t ed25519 {KEEPER} 2>/dev/null > $home/.ssh/known_hosts
done
cat /var/lib/postgresql/.ssh/id_ed25519.pub > /home/{KEEPER}/.ssh/authorized_keys
cat /home/{KEEPER}/.ssh/id_ed25519.pub > /var/lib/postgresql/.ssh/authorized_keys
chown -R {KEEPER}: /home/{KEEPER}/.ssh
chown -R postgres: /var/lib/postgresql/.ssh
"""
# Where the database is; all else is on the other side.
THEIRS_HERE = f"""\
[global]
repo1-host={KEEPER}
repo1-host-user={KEEPER}
repo1-host-config={KEEPERS_CONFIGURATION}
process-max=2
log-level-console=warn
log-level-file=off

"""
THEIRS_THERE = f"""\
pg1-host={KEEPER}
pg1-host-user=postgres
"""
# Each user has its own.
LOCK_PATH = f"lock-path=/tmp/pgbackrest-{KEEPER}\n"


def prepare(host: Host) -> None:
    """Make the other user, and let each side in on the other."""
    host.script(PREPARE)


def our_options() -> dict[str, object]:
    """The options of pgfleet.pitr's modules, without their prefix as variables."""
    return {"repository_host": KEEPER, "repository_user": "pgpitr"}


def our_keeper(host: dict[str, object]) -> dict[str, object]:
    """The inventory's host that keeps the repository: the same one, with the same way to it."""
    return {**host, "ansible_become": True}
