# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key of one cluster for a repository on another host, made where it stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.errors import InvalidInput
from ..._core.repository.repository_host import RepositoryHost
from ..._core.repository.ssh_command import default_key, known_hosts_of, known_name
from ..._io.host.runner import SystemRunner
from ..._io.remote.key_pair import make_key_pair, pinned_lines, public_key, read_known_hosts, write_known_hosts
from ..entry import Outcome, Request


def ensure_key(request: Request) -> Outcome:
    """Let PostgreSQL's account have a key for its cluster, and pin the repository's host where its key is given."""
    options = request.options
    host = RepositoryHost.named(options)
    if host is None:
        raise InvalidInput(
            "'repository_host' is not set, and a repository of this host needs no key",
            code="option-missing",
            hint="Set 'pitr_repository_host' to the host that keeps the repository.",
        )
    key_file = host.identity_file or default_key(request.account.home, cluster_name=options["name"])
    done = request.work(lambda: _ensured(options, host=host, key_file=key_file, check_mode=request.check_mode))
    return Outcome(bool(done["steps"]), {**done, "identity_file": key_file})


def _ensured(options: Mapping[str, Any], *, host: RepositoryHost, key_file: str, check_mode: bool) -> dict[str, Any]:
    steps, public = [], public_key(key_file)
    if not public:
        steps.append(f"make the key {key_file}")
        if not check_mode:
            public = make_key_pair(key_file, comment=options["key_comment"] or "pgpitr", runner=SystemRunner())
    if options["repository_host_key"]:
        path = known_hosts_of(key_file)
        name, before = known_name(host), read_known_hosts(path)
        after = pinned_lines(before, name=name, key=options["repository_host_key"])
        if after != before:
            steps.append(f"pin the key of {name} in {path}")
            if not check_mode:
                write_known_hosts(path, after)
    return {"public_key": public, "steps": steps}


__all__ = ("ensure_key",)
