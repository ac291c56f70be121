# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job learns of its follower."""

from __future__ import annotations

import socket
import threading

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.channel import Channel
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.follower import Follower


def test_follower_that_is_gone_hears_nothing_and_is_told_nothing() -> None:
    mine, others = socket.socketpair()
    follower = Follower(mine)
    others.close()
    assert not follower.hears()
    follower.tell({"result": 1})
    follower.go_on_alone()
    assert follower.is_alone


def test_follower_answers_for_whoever_waits() -> None:
    mine, others = socket.socketpair()
    other, asked = Channel(others), []

    def answer() -> None:
        for heard in (True, False):
            asked.append(other.receive())
            other.send({"heard": heard})

    thread = threading.Thread(target=answer)
    thread.start()
    follower = Follower(mine)
    assert [follower.hears(), follower.hears()] == [True, False]
    thread.join()
    assert asked == [{"ask": "heard"}] * 2
    assert not follower.is_alone


def test_nonsense_is_no_answer() -> None:
    mine, others = socket.socketpair()
    others.sendall(b"\0" * 7 + b"\2[]")
    assert not Follower(mine).hears()
