# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.identity import Writer
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.registration import (
    registered,
    sole_writer,
    withdrawn_by,
)
from sample_cluster import sample_cluster

CLUSTER = sample_cluster("/d")
HOST = {"machine_id": "m1", "hostname": "h1"}


def test_first_cluster_founds_the_folder() -> None:
    identity = registered(None, name="db1", cluster=CLUSTER, now="T1", **HOST)

    assert (identity.name, identity.system_identifiers, identity.versions, identity.since) == (
        "db1",
        ("7",),
        (15,),
        "T1",
    )
    assert [writer.data_directory for writer in identity.writers] == ["/d"]


def test_second_registration_changes_nothing() -> None:
    first = registered(None, name="db1", cluster=CLUSTER, now="T1", **HOST)

    assert registered(first, name="db1", cluster=CLUSTER, now="T2", **HOST) == first


def test_standby_on_another_host_is_added() -> None:
    first = registered(None, name="db1", cluster=CLUSTER, now="T1", **HOST)

    second = registered(first, name="db1", cluster=CLUSTER, now="T2", machine_id="m2", hostname="h2")

    assert [writer.hostname for writer in second.writers] == ["h1", "h2"]


def test_other_cluster_is_refused() -> None:
    first = registered(None, name="db1", cluster=CLUSTER, now="T1", **HOST)

    with pytest.raises(Refused) as caught:
        registered(first, name="db1", cluster=replace(CLUSTER, system_identifier="8"), now="T2", **HOST)
    assert caught.value.code == "repository-foreign"
    assert "another name" in caught.value.hint
    assert "7" in caught.value.message
    assert "8" in caught.value.message


def test_upgraded_cluster_is_told_to_take_a_new_name() -> None:
    first = registered(None, name="db1", cluster=CLUSTER, now="T1", **HOST)
    upgraded = replace(CLUSTER, system_identifier="8", version=18)

    with pytest.raises(Refused) as caught:
        registered(first, name="db1", cluster=upgraded, now="T2", **HOST)
    assert caught.value.code == "repository-foreign"
    assert "upgraded from PostgreSQL 15" in caught.value.hint
    assert "such as 'db1-18'" in caught.value.hint


def test_successor_is_the_only_writer_also_under_the_old_name() -> None:
    old = registered(None, name="db1", cluster=CLUSTER, now="T1", **HOST)
    standby = registered(old, name="db1", cluster=CLUSTER, now="T2", machine_id="m2", hostname="h2")
    made_again = registered(standby, name="db1", cluster=CLUSTER, now="T3", machine_id="m3", hostname="h1")

    sole = sole_writer(made_again, hostname="h1", data_directory="/d")

    assert [writer.machine_id for writer in sole.writers] == ["m3"]
    assert withdrawn_by(made_again, sole) == ("'/d' on 'h1'", "'/d' on 'h2'")
    assert sole_writer(sole, hostname="h1", data_directory="/d") == sole


@pytest.mark.parametrize(("machine_id", "stays"), [("m2", "m2"), ("m9", "m3"), ("", "m3"), (None, "m3")])
def test_whoever_registers_under_the_successors_name_does_not_take_its_place(
    machine_id: str | None, stays: str
) -> None:
    """As a lost host can, whose key still lets it in."""
    old = registered(None, name="db1", cluster=CLUSTER, now="T1", **HOST)
    successor = registered(old, name="db1", cluster=CLUSTER, now="T2", machine_id="m2", hostname="h2")
    intruder = registered(successor, name="db1", cluster=CLUSTER, now="T3", machine_id="m3", hostname="h2")

    sole = sole_writer(intruder, hostname="h2", data_directory="/d", machine_id=machine_id)

    assert [writer.machine_id for writer in sole.writers] == [stays]


def test_what_somebody_has_written_there_is_told_in_a_line() -> None:
    identity = registered(None, name="db1", cluster=CLUSTER, now="T1", **HOST)
    forged = identity
    for number in range(50):
        forged = forged.with_writer(Writer("m1", "h1", f"/d\n\x1b[2Jok: [db{number}]", "T1"))
    sole = sole_writer(forged, hostname="h1", data_directory="/d")
    with pytest.raises(Refused) as caught:
        sole_writer(forged, hostname="h9", data_directory="/d")
    assert all(each.isprintable() for each in (*withdrawn_by(forged, sole), caught.value.message))
    assert len(caught.value.message) < 400


def test_nobody_is_left_without_a_writer() -> None:
    identity = registered(None, name="db1", cluster=CLUSTER, now="T1", **HOST)
    with pytest.raises(Refused) as caught:
        sole_writer(identity, hostname="h9", data_directory="/d")
    assert (caught.value.code, "'/d' on 'h1'" in caught.value.message) == ("writer-unknown", True)
