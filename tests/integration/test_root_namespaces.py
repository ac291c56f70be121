# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes in namespaces of their own, where a path leads elsewhere: what root finds through /proc is not believed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from support.cluster import Cluster
from support.os_user import OsUser

pytestmark = [pytest.mark.needs_root, pytest.mark.versions(15)]

# Stands in what is mounted over the cluster's directory, and is called as the server is.
POSES = 'mount --bind "$1/data" "$2" && cd "$2" && program=$1/bin/postgres && shift 2 && exec "$@" "$program" 300'
# Whose programs they are is told by as whom they ran.
TELLS = '#!/bin/sh\nid -u >>"{canary}"\necho "postgres (PostgreSQL) 15.1"\n'


@contextmanager
def posing(user: OsUser | Account, cluster: Cluster) -> Iterator[tuple[Path, int]]:
    """A process whose mount namespace shows it in the data directory, and where what it shows lies."""
    place = Path(tempfile.mkdtemp(prefix="pitr-poser-"))
    look_alike(place, data_of=cluster)
    for path in (place, *place.rglob("*")):
        os.chown(path, user.uid, user.gid)
    place.chmod(0o755)
    # As with /var/lib/postgresql: the way is everybody's, the directory itself is not.
    for above in (cluster.data.parent, cluster.data.parent.parent):
        above.chmod(0o755)
    outside, inside = namespace(user)
    argv = [*outside, "sh", "-c", POSES, "sh", str(place), str(cluster.data), *inside]
    process = subprocess.Popen(argv, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 20
        while not stands(process.pid):
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            assert time.monotonic() < deadline
            time.sleep(0.02)
        write_pid_file(place / "data", process.pid, user)
        yield place, process.pid
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(place)


def namespace(user: OsUser | Account) -> tuple[Sequence[str], Sequence[str]]:
    """What makes it, and what starts a program inside: where the kernel lets no user do that, root does it for one."""
    drop = ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"]
    alone = [*drop, "unshare", "--user", "--map-root-user", "--mount"]
    may = subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0
    return (alone, []) if may else (["unshare", "--mount"], drop)


def stands(pid: int) -> bool:
    """Whether it is called so by now."""
    return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() == "postgres"


def look_alike(place: Path, *, data_of: Cluster) -> None:
    """A data directory as the cluster's, and programs that write down as whom they were started."""
    shutil.copytree(data_of.data, place / "data", symlinks=True, ignore=shutil.ignore_patterns("postmaster.*", "base"))
    (place / "bin").mkdir()
    shutil.copy("/usr/bin/sleep", place / "bin" / "postgres")
    for name in ("pg_controldata", "pg_ctl", "pg_waldump"):
        (place / "bin" / name).write_text(TELLS.format(canary=place / "canary"), encoding="ascii")
        (place / "bin" / name).chmod(0o755)
    (place / "data" / "postmaster.opts").write_text(f'{place}/bin/postgres "-D" "{data_of.data}"\n', encoding="utf-8")


def write_pid_file(data: Path, pid: int, user: OsUser | Account) -> None:
    """What a server writes."""
    (data / "postmaster.pid").write_text(f"{pid}\n{data}\n1\n5499\n/tmp\n*\n0\nready\n", encoding="utf-8")
    os.chown(data / "postmaster.pid", user.uid, user.gid)


def test_process_of_another_user_poses_as_the_server(cluster: Cluster, account: Account, run_module) -> None:
    server = cluster.postmaster_pid()
    with posing(account, cluster) as (place, pid):
        assert os.readlink(f"/proc/{pid}/cwd") == str(cluster.data), "it does not pose"
        for options in ({"os_user": cluster.os_user.name}, {"data_directory": str(cluster.data)}):
            found = run_module("cluster_info", options, as_root=True)
            (mine,) = (each for each in found["clusters"] if each["data_directory"] == str(cluster.data))
            assert (mine["state"], mine["port"]) == ("running", cluster.port)
            assert str(place) not in json.dumps(found["clusters"])
        assert not (place / "canary").exists()
    assert cluster.postmaster_pid() == server


def test_process_of_the_account_in_a_container_is_not_the_server(cluster: Cluster, run_module) -> None:
    """As PostgreSQL in a container whose user has the same number, in a directory with the same name."""
    cluster.stop()
    with posing(cluster.os_user, cluster) as (place, pid):
        assert os.readlink(f"/proc/{pid}/cwd") == str(cluster.data), "it does not pose"
        for forges in (False, True):
            if forges:
                write_pid_file(cluster.data, pid, cluster.os_user)
            found = run_module("cluster_info", {"data_directory": str(cluster.data)}, as_root=True)
            (mine,) = (each for each in found["clusters"] if each["data_directory"] == str(cluster.data))
            assert (mine["state"], str(place) in json.dumps(mine)) == ("stopped", False)
        assert not (place / "canary").exists()
        through = f"/proc/{pid}/root{cluster.data}"
        found = run_module("cluster_info", {"data_directory": through}, as_root=True)
        assert {each["data_directory"] for each in found["clusters"]} <= {str(cluster.data)}
    (cluster.data / "postmaster.pid").unlink()
