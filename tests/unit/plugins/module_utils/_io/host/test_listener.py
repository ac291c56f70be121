# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether somebody still reads, by the kinds of standard output that a module is started with."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.listener import check_heard


def pair_of_sockets() -> tuple[int, int]:
    mine, others = socket.socketpair()
    return others.detach(), mine.detach()


@pytest.mark.parametrize("make", [os.pipe, pair_of_sockets, os.openpty], ids=["pipe", "socket", "terminal"])
def test_reader_that_is_gone_is_noticed(make: Callable[[], tuple[int, int]]) -> None:
    reading, writing = make()
    check_heard(writing)
    os.write(writing, b"not read yet")
    check_heard(writing)
    os.close(reading)
    with pytest.raises(Failed) as caught:
        check_heard(writing)
    assert caught.value.code == "nobody-waits"
    os.close(writing)


def test_one_of_two_readers_is_enough() -> None:
    reading, writing = os.pipe()
    other = os.dup(reading)
    os.close(reading)
    check_heard(writing)
    os.close(other)
    os.close(writing)


@pytest.mark.parametrize("name", ["/dev/null", "log"])
def test_file_takes_everything(tmp_path: Path, name: str) -> None:
    descriptor = os.open(tmp_path / name, os.O_WRONLY | os.O_CREAT)
    check_heard(descriptor)
    os.close(descriptor)
