# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore is staged with what its kind needs, and one that fails before the swap has cost nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import Chain
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import SWAPPED
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.plan import RestorePlan
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import inner_pair, sibling_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.pins import read_pins
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.records import read_backups
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age_identity import AgeIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.kept_identity import KeptIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.manifests import Manifests
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.execution import RestoreExecution
from fake_runner import FakeRunner
from fixture_files import FIXTURES
from registered_cluster import SYSTEM_IDENTIFIER
from sample_cluster import sample_cluster
from sample_plan import BESIDE, IN_PLACE, PLAN, REPLAY, REQUEST
from verify_repository import FULL

CONTROL = (
    (FIXTURES / "pg_controldata-15.txt").read_text(encoding="utf-8").replace("7711017900827885082", SYSTEM_IDENTIFIER)
)
STARTED = "2026-09-15T12:30:00.000000Z"


class Programs(FakeRunner):
    """`pg_controldata`, and `postgres -C` with these values; ``None``: no configuration can be read."""

    def __init__(self, values: Mapping[str, str] | None) -> None:
        self._values = values

    def answer(self, argv: tuple[str, ...]) -> Result:
        program = os.path.basename(argv[0])
        if program == "pg_controldata":
            return Result(argv, 0, CONTROL, "")
        assert (program, argv[1]) == ("postgres", "-C"), argv
        if self._values is None:
            return Result(argv, 1, "", "no such file")
        return Result(argv, 0, self._values.get(argv[2], "") + "\n", "")


@pytest.fixture
def plan(chain: ClusterFolder, tmp_path: Path) -> RestorePlan:
    """A copy in `copy`, from the full backup of the repository alone."""
    backup = next(each for each in read_backups(chain) if each.label == FULL)
    replay = replace(
        REPLAY,
        stop=replace(REPLAY.stop, backup=backup),
        chain=Chain((backup,)),
        wal=(SegmentRange(1, 3, 8),),
        from_live=(),
    )
    copy = str(tmp_path / "copy")
    spaces = {16400: f"{copy}.tablespaces/16400"}
    placement = replace(BESIDE, directory=copy, base=copy, spaces=spaces, links=spaces)
    request = replace(REQUEST, directory=copy, port=5499, settings={"jit": "off"})
    return replace(PLAN, request=request, replay=replay, placement=placement, silenced={"archive_mode": "off"})


@pytest.fixture
def cluster(data_directory: Path) -> Cluster:
    """A stopped cluster with its configuration inside."""
    (data_directory / "postgresql.conf").write_text("work_mem = 9MB\narchive_mode = on\n", encoding="ascii")
    (data_directory / "pg_hba.conf").write_text("local all all peer\n", encoding="ascii")
    (data_directory / "pg_ident.conf").touch()
    return sample_cluster(str(data_directory), running=False, system_identifier=SYSTEM_IDENTIFIER)


def execution(folder: ClusterFolder, cluster: Cluster, *, values: Mapping[str, str] | None) -> RestoreExecution:
    return RestoreExecution(
        cluster=cluster,
        folder=folder,
        manifests=Manifests(folder),
        earlier=None,
        runner=Programs(values),
        agent_path="/usr/local/bin/pgpitr",
        config_directory="/etc/pgpitr",
        started=STARTED,
        timeout_seconds=60,
        stop_timeout_seconds=60,
        rolls_back_on_failure=True,
    )


def test_copy_is_ready_for_its_recovery_and_the_cluster_is_as_before(
    chain: ClusterFolder, cluster: Cluster, plan: RestorePlan, tmp_path: Path
) -> None:
    before = sorted(os.listdir(cluster.data_directory))
    journal = execution(chain, cluster, values={}).run(plan)
    copy = tmp_path / "copy"
    assert (journal.phase, journal.in_place, journal.directory) == (SWAPPED, False, str(copy))
    assert Path(f"{copy}.pitr-journal.json").exists()
    assert (copy / "recovery.signal").exists()
    assert "archive-get --cluster db1" in (copy / "postgresql.auto.conf").read_text()
    settings = (copy / "postgresql.conf").read_text().splitlines()
    assert {"work_mem = 9MB", "archive_mode = 'off'", "jit = 'off'", "port = '5499'"} <= {*settings}
    assert "archive_mode = on" not in settings
    assert sorted(os.listdir(cluster.data_directory)) == before
    assert [pin.since.isoformat()[:10] for pin in read_pins(chain, FULL)] == ["2026-09-15"]


class PlacedIdentity(AgeIdentity):
    """Notes whether a killed run would leave a journal, by which a rollback would find and remove it."""

    had_journal = False

    def keep_for(self, directory: str) -> None:
        self.had_journal = os.path.exists(f"{directory}.pitr-journal.json")
        super().keep_for(directory)


def test_identity_is_in_the_host_s_memory_only_while_a_journal_leads_to_it(
    chain: ClusterFolder, cluster: Cluster, plan: RestorePlan, tmp_path: Path
) -> None:
    identity = PlacedIdentity("AGE-SECRET-KEY-1")
    encrypted = ClusterFolder(os.path.dirname(chain.path), name=chain.name, identity=identity)
    execution(encrypted, cluster, values={}).run(plan)
    assert KeptIdentity(str(tmp_path / "copy")).drop() and identity.had_journal


def test_damaged_backup_leaves_neither_copy_nor_pin(
    chain: ClusterFolder, cluster: Cluster, plan: RestorePlan, tmp_path: Path
) -> None:
    archive = Path(chain.backups_directory) / FULL / "base.tar.gz"
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(PitrError) as caught:
        execution(chain, cluster, values={}).run(plan)
    assert caught.value.code == "backup-damaged"
    assert read_pins(chain, FULL) == ()
    assert [path for path in tmp_path.glob("copy*/*") if not path.is_dir() or os.listdir(path)] == []


def test_configuration_that_cannot_be_read_leaves_no_pin_and_no_journal(
    chain: ClusterFolder, cluster: Cluster, plan: RestorePlan, tmp_path: Path
) -> None:
    with pytest.raises(PitrError) as caught:
        execution(chain, cluster, values=None).run(plan)
    assert caught.value.code == "configuration-invalid"
    assert read_pins(chain, FULL) == ()
    assert not Path(f"{tmp_path}/copy.pitr-journal.json").exists()


def test_lost_cluster_is_put_into_its_place_with_the_configuration_of_the_backup(
    chain: ClusterFolder, cluster: Cluster, plan: RestorePlan, tmp_path: Path
) -> None:
    place, space = tmp_path / "place", tmp_path / "space"
    space.mkdir()
    pairs = (inner_pair(str(space), "PG_15", had_live=False), sibling_pair(str(place), had_live=False))
    placement = replace(
        IN_PLACE,
        directory=str(place),
        base=f"{place}.pitr-new",
        spaces={16400: f"{space}/.pitr-new"},
        links={16400: str(space)},
        pairs=pairs,
        is_lost=True,
    )
    lost = sample_cluster(str(place), running=False, is_lost=True, system_identifier=SYSTEM_IDENTIFIER)
    restored = f"{place}.pitr-new"
    values = {"hot_standby": "off", "hba_file": f"{restored}/pg_hba.conf", "ident_file": "/etc/pg_ident.conf"}

    journal = execution(chain, lost, values=values).run(replace(plan, request=REQUEST, placement=placement))

    assert (journal.phase, journal.hot_standby, journal.wal_end) == (SWAPPED, False, None)
    assert (place / "PG_VERSION").exists() and (place / "recovery.signal").exists()
    assert not os.path.exists(restored)
    assert read_pins(chain, FULL) != ()
