# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr serve``: lets the database host of one cluster reach the repository of this host."""

from __future__ import annotations

import os
from argparse import Namespace

from .._core.errors import InvalidInput, Refused
from .._core.repository.cluster_name import check_cluster_name
from .._core.repository.layout import CLUSTER_FILE
from .._io.remote.server import StorageServer
from .._io.remote.wire import Channel
from .._io.repository.append_only import AppendOnly
from .._io.storage.directory import directory_of_cluster
from .command_parser import CommandParser


def new_parser() -> CommandParser:
    """The command's arguments."""
    parser = CommandParser(
        "serve",
        about="It is the forced command of a database host's key in the repository account's authorized_keys, and"
        " speaks over its standard input and output.",
        examples=("--repository /srv/pitr --cluster db1 --append-only",),
    )
    parser.add_value("--repository", metavar="PATH", required=True, help="the repository's directory on this host")
    parser.add_value("--cluster", metavar="NAME", required=True, help="the cluster that may be read and added to")
    parser.add_argument(
        "--append-only", action="store_true", required=True, help="nothing that is stored is removed or replaced"
    )
    return parser


def run(options: Namespace) -> int:
    """Answer until the client has gone; 0. Raises InvalidInput (``path-not-absolute``), Refused (``root-refused``)."""
    if os.geteuid() == 0:
        raise Refused(
            "a repository is not served as root",
            code="root-refused",
            hint="Let the repository have an account of its own, and put the key into the authorized_keys of that one.",
        )
    check_cluster_name(options.cluster)
    if not os.path.isabs(options.repository):
        raise InvalidInput(
            f"--repository '{options.repository}' is not an absolute path",
            code="path-not-absolute",
            hint="Begin it with '/'.",
        )
    storage = AppendOnly(directory_of_cluster(options.repository.rstrip("/"), name=options.cluster))
    StorageServer(Channel(0, 1), storage=storage, name=options.cluster, marker=CLUSTER_FILE).run()
    return 0


__all__ = ("new_parser", "run")
