# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody gets in before the hand-over, and the server has taken the files before that is believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.access import RecoveryAccess
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import RestoreJournal
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.client_access import ClientAccess
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.configuration.recovery_access import (
    stage_access,
)
from sample_cluster import sample_cluster
from sample_plan import sample_journal
from scripted_server import Rows, ScriptedServer

NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)


@pytest.fixture
def journal(tmp_path: Path) -> RestoreJournal:
    data = tmp_path / "data"
    data.mkdir()
    access = RecoveryAccess(str(data / "pg_hba.conf"), str(data / "pg_ident.conf"), "/run")
    stage_access(str(data), access, os_user="postgres", roles=["postgres"])
    return sample_journal(sample_cluster(str(data)), staged=access.settings(str(data), port=5432))


class Reloading:
    """A server that counts its reloads."""

    def __init__(self, *, hba_file: str = "", wrong: Rows = ()) -> None:
        self.reloads = 0
        answers = {
            "pg_conf_load_time": self._loaded,
            "pg_reload_conf": self._reload,
            "pg_hba_file_rules": wrong,
            "pg_settings": [(hba_file,)],
        }
        self.server = ScriptedServer(answers)

    def _loaded(self) -> Rows:
        return [(NOON + timedelta(seconds=self.reloads),)]

    def _reload(self) -> Rows:
        self.reloads += 1
        return [(True,)]


def ident(journal: RestoreJournal) -> str:
    return Path(journal.staged["ident_file"]).read_text(encoding="utf-8")


def test_role_is_admitted_once(journal: RestoreJournal) -> None:
    access, running = ClientAccess(journal, ("postgres",)), Reloading()
    assert not access.close()
    access.admit("shop", server=running.server)
    access.admit("shop", server=running.server)
    assert (running.reloads, ident(journal)) == (1, 'pitr "postgres" "postgres"\npitr "postgres" "shop"\n')


def test_everybody_is_let_in_by_a_reload(journal: RestoreJournal) -> None:
    Path(journal.directory, "pg_hba.conf").write_text("local all all trust\n", encoding="utf-8")
    access, running = ClientAccess(journal, ("postgres",)), Reloading()
    access.open(running.server)
    access.open(running.server)
    assert running.reloads == 1
    assert Path(journal.staged["hba_file"]).read_text(encoding="utf-8") == "local all all trust\n"


def test_file_that_the_server_would_refuse_is_told_and_not_loaded(journal: RestoreJournal) -> None:
    running = Reloading(wrong=[(3, "invalid authentication method")])
    with pytest.raises(Failed, match="line 3: invalid authentication method") as caught:
        ClientAccess(journal, ("postgres",)).open(running.server)
    assert (caught.value.code, running.reloads) == ("hba-invalid", 0)


def test_server_that_reads_other_files_is_not_private(journal: RestoreJournal) -> None:
    access = ClientAccess(journal, ("postgres",))
    access.check(Reloading(hba_file=journal.staged["hba_file"]).server)
    with pytest.raises(Failed) as caught:
        access.check(Reloading(hba_file="/etc/pg_hba.conf").server)
    assert caught.value.code == "recovery-not-private"


def test_restore_that_an_earlier_version_staged_is_left_alone() -> None:
    access, server = ClientAccess(sample_journal(), ("postgres",)), ScriptedServer({})
    access.check(server)
    access.admit("shop", server=server)
    access.open(server)
    assert not access.close()


def test_server_is_reached_by_the_socket_that_only_its_recovery_has(journal: RestoreJournal) -> None:
    staged = {**journal.staged, "unix_socket_directories": "/pg/data/pgsql_tmp.pitr"}
    assert ClientAccess(journal, ()).cluster.socket_directory == journal.source.socket_directory
    assert ClientAccess(replace(journal, staged=staged), ()).cluster.socket_directory == "/pg/data/pgsql_tmp.pitr"
