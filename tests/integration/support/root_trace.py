# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the processes of a traced run did with root's user id, by strace's record of it."""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_CALLS = "%file,%process,setresuid,setreuid,setuid,fchown,fchmod"
# strace ends when all that it follows have, a server that a module starts among them: so the shell, which is traced
# itself, ends strace.
_WRAPPER = """#!/bin/sh
record='{directory}'/$$
strace -f -q -y -I2 -s 4096 -e trace={calls} -o "$record" \\
  sh -c 'record=$0; "$@"; echo $? > "$record.exit"; kill $PPID' "$record" '{program}' "$@"
exit "$(cat "$record.exit")"
"""
# Where a service manager starts the servers, strace ends by itself, and may let the kernel choose the calls. That is
# three times as fast, but what outlives strace can do none of them any more.
_FAST_WRAPPER = """#!/bin/sh
exec strace -f -q -y --seccomp-bpf -s 4096 -e trace={calls} -o '{directory}'/$$ \\
  sh -c '"$@"; exit $?' sh '{program}' "$@"
"""
# A name, with the directory that it is looked up in where that is given by a descriptor; or a descriptor's file.
_NAME = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
_DESCRIPTOR = re.compile(r"\d+<([^>]*)>")
_LINE = re.compile(r"(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)")
_DROPS = ("setresuid", "setreuid", "setuid")
_BIRTHS = ("clone", "clone3", "fork", "vfork")
_OPENS = ("open", "openat")
# Of the calls with a path these look only.
_LOOKS = {
    "stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd",
    "statfs", "chdir", "fchdir", "getxattr", "lgetxattr", "inotify_add_watch",
}  # fmt: skip
_PROCESS = {
    "exit",
    "exit_group",
    "wait4",
    "waitid",
    "kill",
    "tgkill",
    "pidfd_send_signal",
    "pidfd_open",
    "rt_sigqueueinfo",
}


@dataclass(frozen=True)
class Deed:
    """One call by a process of user id 0: ``reads``, ``writes`` (makes, renames, removes, gives), or ``runs``."""

    kind: str
    call: str
    path: str


def wrapper(program: str, *, directory: str, fast: bool = False) -> str:
    """The text of a script that runs a Python under strace; each run has a record of its own in the directory.

    ``fast`` is for modules that no process of theirs outlives.
    """
    return (_FAST_WRAPPER if fast else _WRAPPER).format(program=program, directory=directory, calls=_CALLS)


def deeds_of_root(trace: Iterable[str]) -> list[Deed]:
    """What was done before the processes gave root's user id up, by strace's lines.

    What failed is left out, and the shell of the wrapper.
    """
    calls = [each for each in _calls(trace) if _succeeded(each[2])]
    shell = calls[0][0] if calls else ""
    # A child of vfork is at work before its parent's call returns.
    parents = {arguments.rpartition("=")[2].split()[0]: pid for pid, call, arguments in calls if call in _BIRTHS}
    dropped: set[str] = set()
    deeds = []
    for pid, call, arguments in calls:
        if parents.get(pid) in dropped:
            dropped.add(pid)
        if call in _DROPS and not re.search(r"\b0[,)]|-1", arguments.partition("=")[0]):
            dropped.add(pid)
        elif pid != shell and pid not in dropped and call not in (*_LOOKS, *_PROCESS, *_BIRTHS, *_DROPS):
            deeds.append(_deed(call, arguments))
    return [deed for deed in deeds if "O_PATH" not in deed.call]


def _calls(trace: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    begun: dict[str, str] = {}
    for line in trace:
        match = _LINE.match(line)
        if match is None:
            continue
        pid, resumed, call, rest = match.groups()
        if rest.endswith("<unfinished ...>"):
            begun[pid] = rest[: -len("<unfinished ...>")]
        elif resumed is not None:
            yield pid, resumed, begun.pop(pid, "") + rest
        else:
            yield pid, call, rest


def _succeeded(arguments: str) -> bool:
    return not re.search(r"\) += -1 E", arguments)


def _deed(call: str, arguments: str) -> Deed:
    if call.startswith("exec"):
        return Deed("runs", call, _NAME.findall(arguments)[0][1])
    path = " ".join(posixpath.normpath(posixpath.join(*each)) for each in _NAME.findall(arguments))
    if call in _OPENS:
        flags = arguments.rpartition('"')[2]
        kind = "writes" if re.search("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", flags) else "reads"
        return Deed(kind, f"{call}{' O_PATH' if 'O_PATH' in flags else ''}", path)
    descriptor = _DESCRIPTOR.match(arguments)
    return Deed("writes", call, path or (descriptor.group(1) if descriptor else arguments))


__all__ = ("Deed", "deeds_of_root", "wrapper")

if __name__ == "__main__":
    sys.stdout.write(wrapper(sys.argv[1], directory=sys.argv[2], fast=True))
