# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.build_features import built_in_compressions


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        pytest.param("'--with-lz4' '--with-zstd' '--with-ssl=openssl'\n", ("zstd", "lz4"), id="both"),
        pytest.param("'--with-lz4' '--with-openssl'\n", ("lz4",), id="one"),
        pytest.param("'--with-openssl'\n", (), id="none"),
        pytest.param("'-Dssl=openssl'\n", ("zstd",), id="made by Meson: the program's libraries tell"),
        pytest.param(None, ("zstd",), id="no pg_config: the program's libraries tell"),
    ],
)
def test_compressions_of_a_build(
    configured: str | None, expected: tuple[str, ...], tmp_path: Path, make_runner: Callable[..., Any]
) -> None:
    (tmp_path / "postgres").write_bytes(b"\x7fELF..libzstd.so.1\0libc.so.6\0")
    script = {}
    if configured is not None:
        (tmp_path / "pg_config").touch()
        script = {(f"{tmp_path}/pg_config", "--configure"): configured}
    assert built_in_compressions(str(tmp_path), runner=make_runner(script)) == expected
