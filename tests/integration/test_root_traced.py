# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file that a module touches, and every program that it starts, with user id 0 is on a list."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.module_run import ModuleRun
from support.restoring import Site, lay_out
from support.root_trace import OPTIONS, Deed, deeds_of_root

pytestmark = [pytest.mark.needs_root, pytest.mark.versions(15)]

# Python's own files, the C library's, the account database, what the kernel tells of processes, and the module itself.
READS = re.compile(
    r"/usr/.*|/lib.*|/bin/.*|/sbin/.*|/etc/(ld\.so\..*|passwd|group|nsswitch\.conf|localtime|os-release|host\.conf|hosts"
    r"|resolv\.conf|ssl/.*|gai\.conf|locale\.alias|selinux/.*|postgresql-common/.*|postgresql/.*|perl/.*|services)"
    r"|/proc/(self|filesystems|sys|stat|meminfo|cpuinfo|mounts|[0-9]+).*|/sys/.*|/dev/(null|urandom|tty)|/run/systemd/.*"
    r"|/run/nscd/.*|/var/lib/sss/.*|/dev/shm/?|/tmp/?|\.|/"
)
WRITES = re.compile(r"/dev/null|/dev/tty")
RUNS = re.compile(re.escape(sys.executable) + r"|/usr/bin/(env|python3[0-9.]*|systemctl|journalctl)")


# What is made, renamed and removed beside a data directory, by names in an open directory.
BESIDE_DATA = re.compile(
    r"data(\.pitr-(new|old|undone))?( data(\.pitr-(new|old|undone))?)?"
    r"|data\.pitr-(lock|journal\.json(\.[0-9a-f]{16}\.tmp( data\.pitr-journal\.json)?)?)|[0-9]+(, [0-9]+)+\) += 0"
)


@pytest.fixture
def traced(disk: Path, workbench, tmp_path: Path) -> Callable[..., tuple[ModuleRun, list[Deed]]]:
    """Runs a module as root under strace: its result, and what root did that is no business of every Python."""
    record = tmp_path / "trace"
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\nexec strace {OPTIONS} -o {record} {sys.executable} "$@"\n', encoding="ascii")
    wrapper.chmod(0o755)
    own = (sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parents[1]))

    def run(name: str, options: dict[str, Any], **more: Any) -> tuple[ModuleRun, list[Deed]]:
        done = workbench.run_module(name, options, as_root=True, interpreter=str(wrapper), **more)
        deeds = deeds_of_root(record)
        assert [deed for deed in deeds if deed.kind == "runs"], "strace has recorded nothing"
        return done, [deed for deed in deeds if not is_usual(deed, own=own)]

    return run


def is_usual(deed: Deed, *, own: tuple[str, ...]) -> bool:
    if deed.kind == "runs":
        return RUNS.fullmatch(deed.path) is not None
    if deed.kind == "reads" and (deed.path.startswith(own) or "/modules/" in deed.path or "/.build/" in deed.path):
        return True
    return (READS if deed.kind == "reads" else WRITES).fullmatch(deed.path) is not None


def only(options: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    """The options of these names, and more."""
    return {**{name: options[name] for name in names if name in options}, **more}


def test_root_touches_nothing_of_cluster_or_repository(disk, workbench, make_cluster, repository, traced) -> None:
    """The directory above the data directory is root's, so that the restore needs the most of it.

    The modules that start a server are left out: strace ends when all that it follows have.
    """
    site = Site.make(workbench, make_cluster(directory_name=str(disk / "data")), repository)
    target = lay_out(site).target("time")
    os.chown(disk, 0, 0)
    disk.chmod(0o755)
    options, place = site.options, ("name", "repository_path")
    cluster = ("data_directory", "bin_directory", "login_user")
    calls = (
        ("cluster_info", only(options, *cluster)),
        ("wal_archive", {**options, "archive_timeout_seconds": 3600}),
        ("wal_archive_info", only(options, *cluster, *place)),
        ("restore_point", only(options, *cluster, *place, restore_point_name="rp-traced")),
        ("base_backup", options),
        ("backup_info", only(options, *place)),
        ("backup_verify", only(options, *place)),
        ("backup_expire", only(options, *place)),
        ("restore", {**options, **target, "confirm": site.confirmation(target)}),
    )
    config = f"{options['config_directory']}/{options['name']}.conf"
    unexpected = {}
    for name, arguments in calls:
        _done, deeds = traced(name, arguments)
        left = [deed for deed in deeds if deed.path != config]
        if name == "restore":
            left = [deed for deed in left if not BESIDE_DATA.fullmatch(deed.path)]
        if left:
            unexpected[name] = left
    assert unexpected == {}
