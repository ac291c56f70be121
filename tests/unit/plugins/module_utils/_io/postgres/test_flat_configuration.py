# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.flat_configuration import (
    flattened,
    included_files,
    rules_of,
)


def test_includes_are_put_in_their_places_and_followed_once(tmp_path: Path) -> None:
    main, more = tmp_path / "postgresql.conf", tmp_path / "conf.d"
    more.mkdir()
    main.write_text("a = 1\ninclude_dir 'conf.d'\ninclude_if_exists 'gone'\nb = 2")
    (more / "x.conf").write_text("c = 3\ninclude '../postgresql.conf'\n")
    (more / ".hidden.conf").write_text("d = 4\n")
    (more / "y.txt").write_text("e = 5\n")

    assert flattened(str(main)) == "a = 1\nc = 3\nb = 2\n"
    assert list(included_files(str(main))) == [str(main), str(more), str(more / "x.conf")]


def test_rules_name_their_files_by_absolute_paths(tmp_path: Path) -> None:
    path = tmp_path / "pg_hba.conf"
    path.write_text("host all @admins all trust\n")
    assert rules_of(str(path)) == f'host all @"{tmp_path}/admins" all trust\n'
    assert rules_of("/nowhere") == ""
