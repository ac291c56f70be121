# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.compression import (
    BackupCompression,
    choose_backup_compressions,
    server_compressions,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput

EVERYTHING = ("zstd", "lz4", "gzip", "none")


@pytest.mark.parametrize(
    ("version", "values", "expected"),
    [
        pytest.param(14, (), {"gzip", "none"}, id="before server-side compression"),
        pytest.param(15, ("pglz", "lz4", "zstd", "on", "off"), set(EVERYTHING), id="Debian's build"),
        pytest.param(18, ("pglz", "on", "off"), {"gzip", "none"}, id="a build without libraries"),
        pytest.param(16, ("pglz", "lz4", "on", "off"), {"lz4", "gzip", "none"}, id="only lz4"),
    ],
)
def test_what_a_server_can_do(version: int, values: tuple[str, ...], expected: set[str]) -> None:
    assert server_compressions(version=version, wal_compression_values=values) == expected


@pytest.mark.parametrize(
    ("wanted", "server", "host", "expected"),
    [
        pytest.param("auto", EVERYTHING, EVERYTHING, EVERYTHING, id="the best first"),
        pytest.param("auto", EVERYTHING, ("gzip", "none"), ("gzip", "none"), id="the host lacks programs"),
        pytest.param("auto", ("gzip", "none"), EVERYTHING, ("gzip", "none"), id="the server lacks libraries"),
        pytest.param("lz4", EVERYTHING, EVERYTHING, ("lz4",), id="as asked for"),
        pytest.param("none", ("gzip", "none"), ("gzip", "none"), ("none",), id="none"),
    ],
)
def test_choice(wanted: str, server: tuple[str, ...], host: tuple[str, ...], expected: tuple[str, ...]) -> None:
    found = choose_backup_compressions(wanted, server=server, host=host, processors=1)
    assert found == tuple(BackupCompression(method) for method in expected)


def test_server_compresses_in_threads_where_it_can() -> None:
    found = choose_backup_compressions("auto", server=EVERYTHING, host=("zstd", "lz4"), processors=2)
    assert found == (BackupCompression("zstd", workers=2), BackupCompression("zstd"), BackupCompression("lz4"))


@pytest.mark.parametrize(
    ("wanted", "server", "host", "code", "who"),
    [
        pytest.param("zstd", ("gzip", "none"), EVERYTHING, "compression-unsupported", "server", id="server"),
        pytest.param("zstd", EVERYTHING, ("gzip", "none"), "compression-unsupported", "this host", id="host"),
        pytest.param("bzip2", EVERYTHING, EVERYTHING, "compression-unknown", "bzip2", id="unknown"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    wanted: str, server: tuple[str, ...], host: tuple[str, ...], code: str, who: str
) -> None:
    with pytest.raises(InvalidInput, match=who) as caught:
        choose_backup_compressions(wanted, server=server, host=host, processors=2)
    assert caught.value.code == code
