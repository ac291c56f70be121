# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves a directory over standard input and output, with every right: the other side in the tests of the contract."""

from __future__ import annotations

import os
import sys

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.server import StorageServer
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.wire import Channel
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage

MARKER = "cluster.json"


def serve(path: str) -> None:
    """Answer until the client has gone."""
    marker = MARKER if os.path.exists(f"{path}/{MARKER}") else None
    storage = DirectoryStorage(path, marker=marker)
    StorageServer(Channel(0, 1), storage=storage, name="db1", marker=MARKER).run()


if __name__ == "__main__":
    serve(sys.argv[1])
