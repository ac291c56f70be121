# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.background_listing import BackgroundListing
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder


def test_listing_is_what_is_stored(
    folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path
) -> None:
    for number in (3, 4, 9):
        folder.store_wal(str(make_segment(number)), data_directory=str(data_directory), compression="gzip")
    with BackgroundListing(folder) as listing:
        assert listing.result() == folder.stored_wal()


def test_failure_is_told_by_whoever_asks(folder: ClusterFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, here = os.getpid(), folder.stored_wal()

    def fails_in_the_child() -> object:
        if os.getpid() != parent:
            raise OSError("the disk is gone")
        return here

    monkeypatch.setattr(folder, "stored_wal", fails_in_the_child)
    with BackgroundListing(folder) as listing:
        assert listing.result() is here


def test_listing_that_nobody_waits_for_leaves_nothing_behind(folder: ClusterFolder) -> None:
    before = os.listdir("/proc/self/fd")
    listing = BackgroundListing(folder)
    child = listing._child
    with pytest.raises(KeyError), listing:
        raise KeyError
    assert len(os.listdir("/proc/self/fd")) == len(before)
    with pytest.raises(ChildProcessError):
        os.waitpid(child, os.WNOHANG)
