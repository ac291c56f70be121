# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holding a real process back."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.spool_limit import SpoolLimit
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.wait import wait_until
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.holding import Holding
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.spool import SENDER, VERIFIER, Spool

MIB = 1 << 20


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as started:
        yield started
        started.kill()


def state_of(process: subprocess.Popen[bytes]) -> str:
    """T: stopped."""
    time.sleep(0.05)
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


def free(spool: Spool, *, up_to_mib: int) -> None:
    for reader in (SENDER, VERIFIER):
        spool.noting("base.tar", reader)(up_to_mib * MIB, False)


def test_a_process_rests_while_its_spool_is_full(tmp_path: Path, process: subprocess.Popen[bytes]) -> None:
    spool = Spool(str(tmp_path), limit=SpoolLimit(8 * MIB))
    holding = Holding(process, spool)
    assert 0.002 < holding.look() < 0.05 and state_of(process) == "S"
    (tmp_path / "base.tar").write_bytes(bytes(7 * MIB))
    assert holding.look() == 0.002 and holding.is_held and state_of(process) == "T"
    free(spool, up_to_mib=4)
    holding.look()
    assert state_of(process) == "T"
    free(spool, up_to_mib=6)
    holding.look()
    assert not holding.is_held and state_of(process) == "S"


def test_a_process_that_somebody_else_lets_go_on_is_held_again(
    tmp_path: Path, process: subprocess.Popen[bytes]
) -> None:
    (tmp_path / "base.tar").write_bytes(bytes(7 * MIB))
    holding = Holding(process, Spool(str(tmp_path), limit=SpoolLimit(8 * MIB)))
    holding.look()
    process.send_signal(signal.SIGCONT)
    assert state_of(process) == "S"
    holding.look()
    assert state_of(process) == "T"


def test_it_is_looked_after_by_itself_until_the_end(tmp_path: Path, process: subprocess.Popen[bytes]) -> None:
    spool = Spool(str(tmp_path), limit=SpoolLimit(8 * MIB))
    holding = Holding(process, spool)
    holding.start()
    (tmp_path / "base.tar").write_bytes(bytes(7 * MIB))
    assert wait_until(lambda: state_of(process), seconds=30, enough=lambda state: state == "T") == "T"
    free(spool, up_to_mib=7)
    assert wait_until(lambda: state_of(process), seconds=30, enough=lambda state: state == "S") == "S"
    holding.end()
    holding.check()
    assert not holding.is_alive()


def test_what_it_meets_is_raised(tmp_path: Path, process: subprocess.Popen[bytes]) -> None:
    holding = Holding(process, Spool(str(tmp_path / ("x" * 300)), limit=SpoolLimit(8 * MIB)))
    holding.start()
    holding.join(30)
    with pytest.raises(OSError, match="too long"):
        holding.check()


def test_a_process_whose_files_stay_is_never_held(tmp_path: Path, process: subprocess.Popen[bytes]) -> None:
    (tmp_path / "base.tar").write_bytes(bytes(7 * MIB))
    holding = Holding(process, Spool(str(tmp_path), limit=None))
    holding.look()
    assert not holding.is_held and state_of(process) == "S"


def test_a_process_that_has_ended_is_let_be(tmp_path: Path, process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    (tmp_path / "base.tar").write_bytes(bytes(7 * MIB))
    holding = Holding(process, Spool(str(tmp_path), limit=SpoolLimit(8 * MIB)))
    holding.look()
    assert holding.is_held and process.returncode == -9
