# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a recovery's access, closed and open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.access import RecoveryAccess
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.configuration.recovery_access import (
    admit,
    let_everybody_in,
    stage_access,
)


@pytest.fixture
def access(tmp_path: Path) -> RecoveryAccess:
    everyday = tmp_path / "etc"
    everyday.mkdir()
    (everyday / "pg_hba.conf").write_text("local all all trust\n", encoding="utf-8")
    (everyday / "ident.map").write_text("# nobody\n", encoding="utf-8")
    (tmp_path / "data.pitr-new").mkdir()
    return RecoveryAccess(str(everyday / "pg_hba.conf"), str(everyday / "ident.map"), "/run")


def read(data: Path, access: RecoveryAccess, kind: str) -> str:
    return Path(access.settings(str(data), port=1)[f"{kind}_file"]).read_text(encoding="utf-8")


def test_access_is_closed_opened_and_closed_again(tmp_path: Path, access: RecoveryAccess) -> None:
    base, data = tmp_path / "data.pitr-new", tmp_path / "data"
    stage_access(str(base), access, os_user="postgres", roles=["postgres"])
    # The swap gives the directory its name.
    base.rename(data)
    assert read(data, access, "hba") == "local all all peer map=pitr\n"
    assert read(data, access, "ident") == 'pitr "postgres" "postgres"\n'
    assert not admit(str(data), os_user="postgres", roles=["postgres"]), "nothing to reload"

    assert admit(str(data), os_user="postgres", roles=["postgres", "shop"])
    assert read(data, access, "ident").endswith('"shop"\n')

    assert let_everybody_in(str(data))
    assert read(data, access, "hba") == "local all all trust\n"
    assert read(data, access, "ident") == "# nobody\n"
    assert not let_everybody_in(str(data))

    assert admit(str(data), os_user="postgres", roles=["postgres", "shop"])
    assert read(data, access, "hba") == "local all all peer map=pitr\n"


def test_staging_again_begins_anew(tmp_path: Path, access: RecoveryAccess) -> None:
    base = tmp_path / "data.pitr-new"
    for role in ("old", "new"):
        stage_access(str(base), access, os_user="postgres", roles=[role])
        let_everybody_in(str(base))
    stage_access(str(base), access, os_user="postgres", roles=["new"])
    assert read(base, access, "ident") == 'pitr "postgres" "new"\n'
    assert oct(os.stat(base / "pgsql_tmp.pitr").st_mode & 0o777) == "0o700"


def test_directory_that_is_not_there_is_told(tmp_path: Path, access: RecoveryAccess) -> None:
    with pytest.raises(Unavailable) as caught:
        stage_access(str(tmp_path / "etc" / "pg_hba.conf"), access, os_user="postgres", roles=["postgres"])
    assert caught.value.code == "write-failed"
    with pytest.raises(Unavailable) as caught:
        let_everybody_in(str(tmp_path / "nowhere"))
    assert caught.value.code == "write-failed"
