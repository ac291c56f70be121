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
from support.archive import Archive
from support.module_run import ModuleRun
from support.restoring import Site, lay_out
from support.root_trace import Deed, deeds_of_root, wrapper

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


# What is made, given, renamed and removed beside a data directory, with <> for the directory above it.
BESIDE_DATA = re.compile(
    r"<>|<>/data(\.pitr-(new|old|undone))?( <>/data(\.pitr-(new|old|undone))?)?"
    r"|<>/data\.pitr-(lock|(journal|job)\.json(\.[0-9a-f]{16}\.tmp( <>/data\.pitr-(journal|job)\.json)?)?)"
)
# What an installation makes, with <> for the directory above all of it.
INSTALLED = re.compile(
    r"<>|<>/(bin|etc|repository)"
    r"|<>/bin/\.pgpitr\.[0-9a-f]{16}\.tmp( <>/bin/pgpitr)?|<>/etc/\.db1\.conf\.[0-9a-f]{16}\.tmp( <>/etc/db1\.conf)?"
)


@pytest.fixture
def traced(disk: Path, workbench, tmp_path: Path) -> Callable[..., tuple[ModuleRun, list[Deed]]]:
    """Runs a module as root under strace: its result, and what root did that is no business of every Python."""
    interpreter = tmp_path / "python"
    interpreter.write_text(wrapper(sys.executable, directory=str(tmp_path)), encoding="ascii")
    interpreter.chmod(0o755)
    own = (sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parents[1]))

    def run(name: str, options: dict[str, Any], **more: Any) -> tuple[ModuleRun, list[Deed]]:
        before = set(tmp_path.iterdir())
        done = workbench.run_module(name, options, as_root=True, interpreter=str(interpreter), **more)
        (record,) = {path for path in tmp_path.iterdir() if not path.suffix} - before
        deeds = deeds_of_root(record.read_text(encoding="utf-8", errors="replace").splitlines())
        assert [deed for deed in deeds if deed.kind == "runs"], "strace has recorded nothing"
        return done, [deed for deed in deeds if not is_usual(deed, own=own)]

    return run


def is_usual(deed: Deed, *, own: tuple[str, ...]) -> bool:
    if deed.kind == "runs":
        return RUNS.fullmatch(deed.path) is not None
    if deed.kind == "reads" and (deed.path.startswith(own) or "/modules/" in deed.path or "/.build/" in deed.path):
        return True
    return (READS if deed.kind == "reads" else WRITES).fullmatch(deed.path) is not None


def not_on_list(deeds: list[Deed], names: re.Pattern[str], *, below: Path) -> list[Deed]:
    return [deed for deed in deeds if not names.fullmatch(deed.path.replace(str(below), "<>"))]


def only(options: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    """The options of these names, and more."""
    return {**{name: options[name] for name in names if name in options}, **more}


def test_root_touches_nothing_of_cluster_or_repository(disk, workbench, make_cluster, repository, traced) -> None:
    """The directory above the data directory is root's, so that restore and rollback need the most of it."""
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
        ("recovery", site.recovery_options),
        ("restore", {**options, "state": "rolled_back", "confirm": "db1@rollback"}),
    )
    config = f"{options['config_directory']}/{options['name']}.conf"
    unexpected = {}
    for name, arguments in calls:
        _done, deeds = traced(name, arguments)
        left = [deed for deed in deeds if deed.path != config]
        if name in ("restore", "recovery"):
            left = not_on_list(left, BESIDE_DATA, below=disk)
        if left:
            unexpected[name] = left
    assert unexpected == {}
    site.assert_old_cluster_is_back()


def test_root_installs_the_program_and_its_configuration_alone(disk, workbench, make_cluster, traced) -> None:
    archive = Archive(workbench, make_cluster())
    os.chown(disk, 0, 0)
    disk.chmod(0o755)
    archive.program, archive.config_directory = disk / "bin" / "pgpitr", disk / "etc"
    archive.repository = disk / "repository"
    done, deeds = traced("agent", archive.agent_arguments())
    assert done.changed
    assert not_on_list(deeds, INSTALLED, below=disk) == []
    assert {"mkdir", "fchown", "rename"} <= {deed.call for deed in deeds}
    again, deeds = traced("agent", archive.agent_arguments())
    assert not again.changed
    installed = {str(archive.program), str(archive.config_directory / "db1.conf")}
    assert [deed for deed in deeds if deed.kind != "reads" or deed.path not in installed | {str(disk)}] == []
