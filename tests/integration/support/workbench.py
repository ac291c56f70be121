# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that one test makes and runs, so that a failure can show it and the end can clean it up."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support import module_run, playbook_run
from support.cluster import Cluster, ClusterOptions
from support.installation import Installation
from support.module_run import ModuleRun
from support.orphans import PREFIX, mark_as_ours
from support.os_user import OsUser
from support.places import scratch_base
from support.playbook_run import PlaybookCall, PlaybookRun
from support.ports import PortLease


class Workbench:
    """A scratch directory owned by the clusters' user, with clusters, module runs and playbook runs in it."""

    def __init__(self, os_user: OsUser) -> None:
        self.os_user = os_user
        self.directory = os_user.own(Path(tempfile.mkdtemp(prefix=PREFIX, dir=scratch_base())))
        mark_as_ours(self.directory)
        self.clusters: list[Cluster] = []
        self.last_run: ModuleRun | PlaybookRun | None = None

    def make_directory(self, name: str) -> Path:
        """A new directory, 0700, owned by the clusters' user."""
        path = self.directory / name
        path.mkdir(mode=0o700)
        return self.os_user.own(path)

    def make_cluster(self, installation: Installation, *, start: bool = True, **options: Any) -> Cluster:
        """A new cluster; `options` are those of `ClusterOptions`."""
        cluster = Cluster(
            installation,
            base=self.make_directory(f"c{len(self.clusters)}"),
            os_user=self.os_user,
            port=PortLease.take(),
            options=ClusterOptions(**options),
        )
        self.clusters.append(cluster)
        cluster.create()
        return cluster.start() if start else cluster

    def run_module(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        check: bool = False,
        diff: bool = True,
        expect_failure: bool = False,
        as_root: bool = False,
        **more: Any,
    ) -> ModuleRun:
        """Run a module of the installed collection as a process; an outcome that is not expected fails the test."""
        os_user = _root() if as_root else self.os_user
        done = module_run.run(name, arguments, check=check, diff=diff, os_user=os_user, **more)
        self.last_run = done
        if done.failed != expect_failure:
            expected = "failure" if expect_failure else "success"
            raise AssertionError(f"expected {expected} of module {name}:\n{done.describe()}")
        return done

    def run_module_by_playbook(
        self, name: str, arguments: Mapping[str, Any], *, check: bool = False, expect_failure: bool = False
    ) -> Mapping[str, Any]:
        """The same through `ansible-playbook`: slower, and every part of Ansible is the real one."""
        task = {"name": "Run the module", f"pgfleet.pitr.{name}": dict(arguments)}
        play = [{"name": "Run one module", "hosts": "localhost", "gather_facts": False, "tasks": [task]}]
        book = self.directory / f"{name}-{os.urandom(4).hex()}.yml"
        book.write_text(json.dumps(play), encoding="utf-8")
        done = self.run_playbook(
            str(book), inventory={"localhost": {}}, check=check, diff=True, expect_failure=expect_failure
        )
        return done.tasks[-1].result

    def write_inventory(
        self, hosts: Mapping[str, Mapping[str, Any]], *, groups: Mapping[str, list[str]] | None = None
    ) -> Path:
        """An inventory whose hosts are all this machine; variables keep their types."""
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        all_hosts = {name: {**local, **variables} for name, variables in hosts.items()}
        children = {group: {"hosts": {name: {} for name in names}} for group, names in (groups or {}).items()}
        path = self.directory / f"inventory-{os.urandom(4).hex()}.yml"
        # JSON is YAML, and has no unquoted text that YAML could take for something else.
        path.write_text(json.dumps({"all": {"hosts": all_hosts, "children": children}}), encoding="utf-8")
        return path

    def run_playbook(
        self,
        name: str,
        *,
        inventory: Path | Mapping[str, Mapping[str, Any]],
        extra_vars: Mapping[str, Any] | None = None,
        check: bool = False,
        diff: bool = False,
        limit: str = "",
        arguments: tuple[str, ...] = (),
        expect_failure: bool = False,
        as_root: bool = False,
        **more: Any,
    ) -> PlaybookRun:
        """Run a playbook by path, or one of the collection by its bare name (`archive`)."""
        book = name if name.endswith((".yml", ".yaml")) else f"pgfleet.pitr.{name}"
        path = inventory if isinstance(inventory, Path) else self.write_inventory(inventory)
        call = PlaybookCall(
            playbook=book,
            inventory=path,
            extra_vars=extra_vars or {},
            check=check,
            diff=diff,
            limit=limit,
            arguments=arguments,
        )
        os_user = _root() if as_root else self.os_user
        done = playbook_run.run(call, scratch=self.directory, os_user=os_user, **more)
        self.last_run = done
        if done.failed != expect_failure:
            expected = "failure" if expect_failure else "success"
            raise AssertionError(f"expected {expected} of playbook {name}:\n{done.describe()}")
        return done

    def sections(self) -> list[tuple[str, str]]:
        """What a failing test's report shows: the last run, and every server's last log lines."""
        logs = [(f"{one.installation} at {one.data}", one.log_tail()) for one in self.clusters]
        return ([("last run", self.last_run.describe())] if self.last_run else []) + logs

    def discard(self) -> None:
        """Stop what still runs and remove everything."""
        for cluster in self.clusters:
            cluster.discard()
        shutil.rmtree(self.directory, ignore_errors=True)


def _root() -> OsUser:
    if os.geteuid() != 0:
        raise AssertionError("a test that needs root carries the mark needs_root")
    return OsUser(name="root", uid=0, gid=0, home="/root")
