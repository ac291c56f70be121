# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.configuration_files import (
    read_configuration_files,
    write_configuration_files,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A configuration file with bytes that are no UTF-8, reached through a link."""
    real = tmp_path / "real.conf"
    real.write_bytes(b"a = 1\r\n# caf\xe9\n")
    real.chmod(0o640)
    link = tmp_path / "postgresql.conf"
    link.symlink_to(real)
    return link


def test_mode_link_and_odd_bytes_survive(path: Path) -> None:
    files = read_configuration_files([str(path)])
    text = files[str(path)].text.replace("a = 1", "a = 2")

    write_configuration_files(files, texts={str(path): text})

    assert path.is_symlink()
    assert path.read_bytes() == b"a = 2\r\n# caf\xe9\n"
    assert path.stat().st_mode & 0o777 == 0o640


def test_unchanged_text_round_trips_byte_for_byte(path: Path) -> None:
    before = path.read_bytes()
    files = read_configuration_files([str(path)])

    write_configuration_files(files, texts={str(path): files[str(path)].text})

    assert path.read_bytes() == before


def test_first_file_is_put_back_when_the_second_cannot_be_written(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "gone" / "other.conf"
    other.parent.mkdir()
    other.write_text("b = 1\n", encoding="utf-8")
    files = read_configuration_files([str(path), str(other)])
    os.unlink(other)
    other.parent.rmdir()

    with pytest.raises(Unavailable) as caught:
        write_configuration_files(files, texts={str(path): "a = 3\n", str(other): "b = 2\n"})

    assert caught.value.code == "write-failed"
    assert path.read_bytes() == b"a = 1\r\n# caf\xe9\n"
