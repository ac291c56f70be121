# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An interpreter that has imported one module, and runs it in a process of its own as often as it is asked.

Run as a program: the socket's descriptor, the folder with the module's files, its full name, the profile of its answer.
Each request comes with three descriptors: the standard input, output and error of the run.
"""

from __future__ import annotations

import gc
import importlib
import os
import socket
import sys


def serve(requests: socket.socket) -> None:
    """Return in a new process for each request; end with the socket's other end."""
    while True:
        word, streams, _flags, _address = socket.recv_fds(requests, 1, 3)
        if not word:
            os._exit(0)
        child = os.fork()
        if child == 0:
            requests.close()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            return
        for stream in streams:
            os.close(stream)
        requests.sendall(f"{child}\n".encode())
        _pid, status = os.waitpid(child, 0)
        requests.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def main() -> None:
    """Import all that the module does, and run it in the processes that come back from there."""
    descriptor, folder, full_name, profile = sys.argv[1:]
    sys.path[0] = folder
    loader = importlib.import_module("ansible.module_utils._internal._ansiballz._loader")
    importlib.import_module("ansible.module_utils.basic")
    importlib.import_module(full_name)
    # It is run as the main program.
    del sys.modules[full_name]
    gc.freeze()
    serve(socket.socket(fileno=int(descriptor)))
    loader.run_module(
        json_params=sys.stdin.buffer.read(), profile=profile, module_fqn=full_name, modlib_path=folder, extensions={}
    )


if __name__ == "__main__":
    main()
