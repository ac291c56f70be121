# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every storage has to keep beside other processes: leases, writers at once, and failures of every kind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import (
    AlreadyStored,
    Busy,
    Changed,
    Missing,
    Unavailable,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.place import ABSENT, ANY
from processes import killed_at_step, results_of, running_child
from storage_place import KEY, PIECES, WHOLE, StoragePlace, clean


class LeaseContract:
    """Leases: one at a time, or many that share, and none of the dead."""

    def test_a_lease_excludes_others_until_it_is_released(self, place: StoragePlace) -> None:
        storage, other = place.storage(), place.storage()
        assert storage.holder("backups/.lock") is None
        with storage.lease("backups/.lock") as lease:
            lease.note("the first")
            assert (other.holder("backups/.lock"), other.is_held("backups/.lock")) == ("the first", True)
            for shared in (False, True):
                with pytest.raises(Busy) as caught:
                    other.lease("backups/.lock", shared=shared)
                assert (caught.value.code, caught.value.holder) == ("repository-busy", "the first")
        assert (other.holder("backups/.lock"), other.is_held("backups/.lock")) == (None, False)
        with other.lease("backups/.lock"):
            pass

    def test_many_share_a_lease_and_nobody_has_it_alone_meanwhile(self, place: StoragePlace) -> None:
        storage, other = place.storage(), place.storage()
        with storage.lease(".gate", shared=True), other.lease(".gate", shared=True):
            assert (other.is_held(".gate"), other.holder(".gate")) == (True, None)
            with pytest.raises(Busy):
                place.storage().lease(".gate")
        with other.lease(".gate"):
            pass

    @pytest.mark.parametrize("shared", [False, True])
    def test_a_dead_process_holds_nothing(self, shared: bool, place: StoragePlace) -> None:
        def hold(ready: Callable[[], None]) -> None:
            with place.storage().lease(".gate", shared=shared):
                ready()
                signal.pause()

        with running_child(hold) as child:
            with pytest.raises(Busy):
                place.storage().lease(".gate")
            os.kill(child, signal.SIGKILL)
            with place.storage().lease(".gate", wait_seconds=30):
                pass

    def test_a_lease_is_waited_for(self, place: StoragePlace) -> None:
        def hold(ready: Callable[[], None]) -> None:
            with place.storage().lease(".gate"):
                ready()
                signal.sigtimedwait([signal.SIGUSR1], 0.3)

        with running_child(hold), place.storage().lease(".gate", wait_seconds=30):
            assert place.storage().is_held(".gate")

    def test_what_is_stored_is_held_while_it_is_there(self, place: StoragePlace) -> None:
        storage = place.storage()
        with pytest.raises(Missing):
            storage.lease("backups/a/backup.json", shared=True, is_stored=True)
        storage.put("backups/a/backup.json", [b"x"])
        with storage.lease("backups/a/backup.json", shared=True, is_stored=True):
            assert place.storage().is_held("backups/a/backup.json")
        assert not storage.is_held("backups/a/backup.json")
        assert storage.read_all("backups/a/backup.json") == b"x"


class WritersContract:
    """Several processes at once."""

    def test_one_of_many_writers_wins_and_the_others_are_told(self, place: StoragePlace) -> None:
        def write(number: int) -> str:
            try:
                return str(place.storage().put(KEY, [b"%d" % number] * 100_000) is not None)
            except AlreadyStored:
                return "refused"

        results = results_of(write, count=6)
        assert sorted(results) == ["True", *["refused"] * 5]
        assert place.storage().read_all(KEY) == b"%d" % results.index("True") * 100_000
        assert place.everything() == [KEY]

    def test_many_writers_of_the_same_all_succeed(self, place: StoragePlace) -> None:
        results = results_of(lambda _number: str(place.storage().put(KEY, PIECES) is not None), count=6)
        assert sorted(results) == [*["False"] * 5, "True"]
        assert place.storage().read_all(KEY) == WHOLE

    def test_no_change_is_lost_among_versions(self, place: StoragePlace) -> None:
        def count_up(_number: int) -> str:
            storage, done = place.storage(), 0
            while done < 10:
                found = storage.stat("count")
                assert found is not None
                before = int(storage.read_all("count") or b"0")
                try:
                    storage.put("count", [b"%d" % (before + 1)], replaces=found[2])
                    done += 1
                except Changed:
                    continue
            return "done"

        place.storage().put("count", [b"0"])
        assert results_of(count_up, count=4) == ["done"] * 4
        assert place.storage().read_all("count") == b"40"


class FailureContract:
    """A full place, one that is away, and a process that is killed."""

    def test_a_full_place_is_told_and_keeps_nothing_of_it(self, place: StoragePlace) -> None:
        with place.full():
            with pytest.raises(Unavailable) as caught:
                place.storage().put(KEY, [os.urandom(100_000)] * 20)
            assert caught.value.code == "repository-full"
            assert place.everything() == []
            place.storage().put(KEY, [b"small"])
        assert place.storage().read_all(KEY) == b"small"

    def test_a_place_that_is_away_is_not_taken_for_an_empty_one(self, place: StoragePlace) -> None:
        place.storage().put("cluster.json", [b"{}"])
        place.storage().put(KEY, PIECES)
        storage = place.storage()
        with place.vanished() as underneath:
            for question in (
                lambda: storage.put(KEY + ".gz", [b"x"]),
                lambda: storage.put("wal/new/key", [b"x"]),
                lambda: storage.read(KEY),
                lambda: storage.stat(KEY),
                lambda: [*storage.stat_many([KEY])],
                lambda: [*storage.stat_many([KEY + suffix for suffix in ("", ".gz", ".zst", ".lz4", ".age")])],
                lambda: storage.list("wal"),
            ):
                with pytest.raises(Unavailable) as caught:
                    question()
                assert caught.value.code == "repository-missing"
            assert underneath() == []
        assert place.storage().read_all(KEY) == WHOLE

    @pytest.mark.parametrize("replaces", [ABSENT, ANY])
    def test_a_writer_killed_at_any_step_leaves_a_whole_file_or_none(self, replaces: str, place: StoragePlace) -> None:
        step, seen = 0, set()
        while killed_at_step(lambda: place.storage().put(KEY, PIECES, replaces=replaces), step=step):
            content = place.storage().read_all(KEY)
            assert content in (None, WHOLE), step
            seen.add(content is None)
            clean(place)
            assert place.everything() == ([] if content is None else [KEY]), step
            assert (place.storage().put(KEY, PIECES) is None) is (content is not None)
            assert place.storage().read_all(KEY) == WHOLE
            assert place.storage().delete_below("wal")
            step += place.stride
        # With great strides the few steps behind the last write may be passed over.
        assert step > 20 and (seen == {True, False} or place.stride > 1)

    def test_a_killed_replacement_leaves_the_old_or_the_new(self, place: StoragePlace) -> None:
        def replace() -> None:
            found = place.storage().stat("note.json")
            assert found is not None
            place.storage().put("note.json", [b"new", b"er"], replaces=found[2])

        step, seen = 0, set()
        place.storage().put("note.json", [b"old"])
        while killed_at_step(replace, step=step):
            seen.add(place.storage().read_all("note.json"))
            clean(place)
            assert place.everything() == ["note.json"], step
            place.storage().put("note.json", [b"old"], replaces=ANY)
            step += place.replacement_stride or place.stride
        assert seen == {b"old", b"newer"} or (seen and place.stride > 1)

    def test_a_removal_that_is_killed_is_done_by_the_next_one(self, place: StoragePlace) -> None:
        keys = [f"wal/00000001/00000000/{number}" for number in range(3)]
        step = 0
        while True:
            for key in keys:
                place.storage().put(key, [b"x"])
            if not killed_at_step(lambda: place.storage().delete(keys), step=step):
                break
            left = place.everything()
            assert left == keys[len(keys) - len(left) :], step
            place.storage().delete(keys)
            assert place.everything() == []
            step += place.stride
        assert step > 5

    def test_what_somebody_writes_is_not_cleaned_away(self, place: StoragePlace) -> None:
        def write(ready: Callable[[], None]) -> None:
            def pieces() -> Iterator[bytes]:
                yield PIECES[0]
                ready()
                signal.sigtimedwait([signal.SIGUSR1], 30)
                yield from PIECES[1:]

            place.storage().put(KEY, pieces())

        with running_child(write) as child:
            clean(place)
            os.kill(child, signal.SIGUSR1)
        assert place.storage().read_all(KEY) == WHOLE
