# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every storage has to keep; a storage is tested by a class that inherits from these and says how it is made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import (
    AlreadyStored,
    Changed,
    Missing,
    Unavailable,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.place import ANY
from storage_place import KEY, PIECES, WHOLE, StoragePlace


class PutContract:
    """Storing: atomic, durable, never over another."""

    def test_what_is_put_is_read_back_whole(self, place: StoragePlace) -> None:
        version = place.storage().put(KEY, PIECES)

        assert version is not None
        assert place.storage().read_all(KEY) == WHOLE
        found = place.storage().stat(KEY)
        assert found is not None and (found[0], found[2]) == (len(WHOLE), version)
        assert place.everything() == [KEY]

    def test_what_is_not_there_is_told_as_missing(self, place: StoragePlace) -> None:
        storage = place.storage()
        assert storage.stat(KEY) is None
        assert storage.list("wal/00000001") == []
        with pytest.raises(Missing):
            storage.read(KEY)
        assert storage.read_all(KEY) is None

    @pytest.mark.parametrize("offset", [0, 1, 12, len(WHOLE) - 1, len(WHOLE)])
    def test_reading_begins_where_it_is_asked_to(self, offset: int, place: StoragePlace) -> None:
        place.storage().put(KEY, PIECES)
        with place.storage().read(KEY, offset=offset) as reading:
            assert b"".join(reading) == WHOLE[offset:]

    def test_the_same_again_succeeds(self, place: StoragePlace) -> None:
        storage = place.storage()
        storage.put(KEY, PIECES)
        before = storage.stat(KEY)
        assert storage.put(KEY, [WHOLE]) is None
        assert storage.stat(KEY) == before

    @pytest.mark.parametrize("other", [[b"other"], [WHOLE, b"more"], [WHOLE[:-1]], [], [WHOLE[:-1], b"!"]])
    def test_other_content_is_refused_and_nothing_changes(self, other: list[bytes], place: StoragePlace) -> None:
        storage = place.storage()
        storage.put(KEY, PIECES)
        with pytest.raises(AlreadyStored) as caught:
            storage.put(KEY, other)
        assert (caught.value.code, caught.value.key) == ("already-stored", KEY)
        assert storage.read_all(KEY) == WHOLE
        assert place.everything() == [KEY]

    def test_other_names_for_the_same_thing_count_as_the_key(self, place: StoragePlace) -> None:
        storage = place.storage()
        names = (KEY, KEY + ".zst", KEY + ".gz")
        storage.put(KEY + ".zst", PIECES, unless=names)
        with pytest.raises(AlreadyStored) as caught:
            storage.put(KEY + ".gz", [b"other"], unless=names, is_same=lambda _key: False)
        assert caught.value.key == KEY + ".zst"
        asked: list[str] = []
        assert storage.put(KEY, [b"other"], unless=names, is_same=lambda key: not asked.append(key)) is None  # type: ignore[func-returns-value]
        assert asked == [KEY + ".zst"]
        assert place.everything() == [KEY + ".zst"]

    def test_pieces_that_fail_leave_nothing(self, place: StoragePlace) -> None:
        def pieces() -> Iterator[bytes]:
            yield PIECES[2]
            raise Unavailable("no more", code="source-missing")

        with pytest.raises(Unavailable, match="no more"):
            place.storage().put(KEY, pieces())
        assert place.everything() == []

    def test_anything_is_replaced_where_that_is_meant(self, place: StoragePlace) -> None:
        storage = place.storage()
        for content in (b"first", b"second", b"second"):
            assert storage.put("note.json", [content], replaces=ANY) is not None
            assert storage.read_all("note.json") == content
        assert place.everything() == ["note.json"]

    def test_a_version_is_replaced_once(self, place: StoragePlace) -> None:
        storage = place.storage()
        first = storage.put("note.json", [b"first"])
        assert first is not None
        second = storage.put("note.json", [b"second"], replaces=first)
        for outdated in (first, "no version"):
            with pytest.raises(Changed) as caught:
                storage.put("note.json", [b"third"], replaces=outdated)
            assert caught.value.code == "record-changed"
        assert storage.read_all("note.json") == b"second"
        storage.delete(["note.json"])
        with pytest.raises(Changed):
            storage.put("note.json", [b"third"], replaces=str(second))
        assert place.everything() == []


class ListContract:
    """Listing and removing."""

    def test_a_listing_has_one_level_or_all(self, place: StoragePlace) -> None:
        storage = place.storage()
        for key in ("cluster.json", "backups/a/one", "backups/a/two", "backups/b/one"):
            storage.put(key, [b"x"])
        storage.put("backups/.progress", [b"x"], replaces=ANY, is_durable=False)
        assert sorted(storage.list()) == ["backups", "cluster.json"]
        assert sorted(storage.list("backups")) == ["a", "b"]
        assert sorted(storage.list("backups", delimiter="")) == ["a/one", "a/two", "b/one"]
        assert sorted(storage.list(delimiter="")) == ["backups/a/one", "backups/a/two", "backups/b/one", "cluster.json"]

    def test_very_many_keys_are_listed(self, place: StoragePlace) -> None:
        place.fill("wal/00000001/00000000", count=place.many)
        names = place.storage().list("wal/00000001/00000000")
        assert len(names) == place.many
        assert set(names) == {f"{number:06}" for number in range(place.many)}

    def test_many_are_looked_up_at_once(self, place: StoragePlace) -> None:
        storage = place.storage()
        versions = {key: storage.put(key, [b"x" * size]) for size, key in enumerate((KEY + ".zst", "cluster.json"), 7)}
        place.fill("wal/00000001/00000001", count=1_100)
        many = [f"wal/00000001/00000001/{number:06}" for number in reversed(range(1_100))]
        absent = [*(key + ".age" for key in many), KEY, KEY + ".gz", "wal/00000009/x", "wal/00000001/00000001"[:-3]]
        keys = [*absent[:500], *versions, *many, *absent[500:], *versions]
        found = dict(zip(keys, storage.stat_many(iter(keys))))
        assert [key for key in keys if found[key] is None] == absent
        for key in (*versions, many[0], many[-1], many[500]):
            alone, among = storage.stat(key), found[key]
            assert alone is not None and among is not None
            assert (among[0], among[2], abs(among[1] - alone[1]) < 1.1) == (alone[0], alone[2], True)
            assert among[2] == versions.get(key, among[2])
        assert len([*storage.stat_many(keys)]) == len(keys) and [*storage.stat_many(())] == []

    def test_what_is_removed_is_gone_and_the_rest_stays(self, place: StoragePlace) -> None:
        storage = place.storage()
        keys = [f"wal/00000001/{log:08X}/{number}" for log in range(2) for number in range(3)]
        for key in (*keys, "cluster.json"):
            storage.put(key, [b"x"])
        storage.delete([*keys[:4], "wal/00000001/00000000/never"])
        assert place.everything() == ["cluster.json", *keys[4:]]
        storage.delete(keys)
        assert place.everything() == ["cluster.json"]
        storage.put(keys[0], [b"again"])
        assert storage.delete_below("wal/00000001") and storage.delete_below("wal/00000002")
        assert place.everything() == ["cluster.json"]
