# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the age identity of a recovery lies in memory, everybody may make files: no other user is in the way."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.encryption import AgeKey, encrypted_site, kept_identities
from support.restoring import Site

pytestmark = [pytest.mark.needs_root, pytest.mark.versions(15)]

MEMORY = Path("/dev/shm")
# Another user, who is told the number of the restored directory as soon as there is one, and has its own identity.
STRANGER = """
import os, sys, time
watched, account, stranger, own = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]

def directory(path, identity):
    os.mkdir(path, 0o777)
    if identity:
        with open(path + "/identity", "w") as file:
            file.write(identity)
    else:
        os.mkfifo(path + "/identity", 0o666)

def plant(prefix):
    directory(prefix + "0" * 16, own)
    directory(prefix + "line\\nbreak", own)
    directory(prefix + "fifo", "")
    os.symlink(prefix + "0" * 16, prefix + "1" * 16)
    os.symlink("/proc/self/cwd", prefix + "process")
    os.mkfifo(prefix + "2" * 16)
    open(prefix + "3" * 16, "w").close()
    for path in (prefix + "4" * 16, prefix + "5" * 16):
        directory(path, own)

def annoy(prefix):
    # What trades places, and what is tried to be taken away, opened and linked.
    one, other, aside = (prefix + digit * 16 for digit in "45x")
    os.rename(one, aside), os.rename(other, one), os.rename(aside, other)
    for name in os.listdir("/dev/shm"):
        path = "/dev/shm/" + name
        if not path.startswith(prefix) or os.lstat(path).st_uid != account:
            continue
        for attempt in (
            lambda: os.rename(path, prefix + "taken"),
            lambda: os.rmdir(path),
            lambda: os.link(path, prefix + "linked"),
            lambda: os.link(path + "/identity", prefix + "linked"),
            lambda: os.chmod(path, 0o777),
            lambda: print("read", open(path + "/identity").read(), flush=True),
            lambda: os.listdir(path),
        ):
            try:
                attempt()
            except OSError:
                continue
            print("could", path, flush=True)

prefixes = []
os.seteuid(stranger)
if not os.path.lexists(f"/dev/shm/pgpitr-{account}"):
    # A name that everybody foresees.
    directory(f"/dev/shm/pgpitr-{account}", own)
print("ready", flush=True)
while True:
    os.seteuid(0)
    try:
        found = os.stat(watched)
        prefix = f"/dev/shm/pgpitr-{found.st_dev}-{found.st_ino}-"
    except OSError:
        prefix = ""
    os.seteuid(stranger)
    if prefix and prefix not in prefixes:
        plant(prefix)
        prefixes.append(prefix)
    for each in prefixes:
        try:
            annoy(each)
        except FileNotFoundError:
            pass
    time.sleep(0.001)
"""


@contextmanager
def stranger(site: Site) -> Iterator[subprocess.Popen[str]]:
    """It plants and annoys; what it has made is gone afterwards, and it could do nothing."""
    uid = pwd.getpwnam("nobody").pw_uid
    watched = site.cluster.data.with_name(f"{site.cluster.data.name}.pitr-new")
    argv = [str(watched), str(site.workbench.os_user.uid), str(uid), AgeKey.make().secret]
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(STRANGER), *argv], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read()
        process.wait()
        made = [path for path in MEMORY.glob("pgpitr-*") if path.lstat().st_uid == uid]
        for path in made:
            remove(path)
    assert said == ""
    assert len(made) > 5, "nothing was planted for the restored directory"


def remove(path: Path) -> None:
    # Not even root follows another user's link there, where the kernel protects links.
    if not path.is_symlink() and path.is_dir():
        for name in os.listdir(path):
            (path / name).unlink()
        path.rmdir()
    else:
        path.unlink()


def test_encrypted_restore_is_not_disturbed_by_what_another_user_makes(workbench, cluster, repository):
    key = AgeKey.make()
    site = encrypted_site(workbench, cluster, repository, recipients=[key.recipient])
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.insert(1)
    site.back_up()
    site.insert(2)
    moment = site.moment()
    site.insert(3)
    site.archive_all()
    given = {"target_time": moment, "age_identity": key.identity}
    before = {path.name for path in MEMORY.iterdir()}

    with stranger(site):
        site.stage(**given)
        (kept,) = kept_identities(cluster, key)
        assert (Path(kept).stat().st_mode & 0o777, Path(kept).parent.stat().st_mode & 0o777) == (0o600, 0o700)
        site.recover()
        assert site.rows() == [1, 2] and kept_identities(cluster, key) == []
        site.roll_back()
        assert site.rows() == [1, 2, 3]
        # And where the restore was given up, while its identity was there.
        site.stage(**given)
        assert len(kept_identities(cluster, key)) == 1
        site.roll_back()
        assert site.rows() == [1, 2, 3] and kept_identities(cluster, key) == []
    left = {path.name for path in MEMORY.iterdir() if path.name.startswith("pgpitr-")} - before
    assert left == set()


@pytest.mark.parametrize(
    ("mode", "filling", "code"),
    [
        # As after somebody's `chmod 777`: the directory could be taken away, and would outlive its recovery.
        ("mode=0777", "true", "identity-place-unsafe"),
        ("mode=1777,size=4k", "head -c 4096 /dev/zero > /dev/shm/full", "write-failed"),
        ("mode=1777,nr_inodes=3", "touch /dev/shm/full", "write-failed"),
        ("mode=1777,nr_inodes=2", "touch /dev/shm/full", "write-failed"),
    ],
    ids=["not sticky", "full", "without inodes for a file", "without inodes"],
)
def test_place_that_cannot_keep_it_is_told_and_left_empty(mode: str, filling: str, code: str):
    keep = """
        import os, sys
        sys.path.insert(0, sys.argv[1])
        from support.module_payload import plugin_loader
        plugin_loader()
        from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
        from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age_identity import AgeIdentity
        try:
            AgeIdentity("AGE-SECRET-KEY-1").keep_for("/usr")
        except PitrError as error:
            print(error.code, [name for name in os.listdir("/dev/shm") if name != "full"])
    """
    mount = f'mount -t tmpfs -o {mode} none /dev/shm && {filling} && exec "$0" -B -c "$@"'
    argv = ["unshare", "--mount", "sh", "-c", mount, sys.executable, textwrap.dedent(keep), str(Path(__file__).parent)]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"{code} []\n", "")
