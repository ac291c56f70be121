# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key of a database host, and the key of the repository's host, pinned."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.key_pair import (
    make_key_pair,
    pinned_lines,
    public_key,
    read_known_hosts,
    write_known_hosts,
)
from fake_runner import FakeRunner

KEY = "ssh-ed25519 AAAA"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "b ssh-ed25519 AAAA\n"),
        ("b ssh-ed25519 AAAA\n", "b ssh-ed25519 AAAA\n"),
        ("b ssh-ed25519 OLD\n", "b ssh-ed25519 AAAA\n"),
        ("b ssh-rsa OTHER\nb ssh-ed25519 AAAA\n", "b ssh-ed25519 AAAA\n"),
        ("a ssh-ed25519 AAAA\n", "a ssh-ed25519 AAAA\nb ssh-ed25519 AAAA\n"),
        ("bb ssh-ed25519 OLD", "bb ssh-ed25519 OLD\nb ssh-ed25519 AAAA\n"),
    ],
)
def test_a_host_has_the_pinned_key_and_no_other(before: str, after: str) -> None:
    assert pinned_lines(before, name="b", key=KEY + " root@b") == after


def test_pinned_hosts_are_kept_in_a_private_directory(tmp_path: Path) -> None:
    path = tmp_path / ".ssh" / "pgpitr_known_hosts"
    assert read_known_hosts(str(path)) == ""
    write_known_hosts(str(path), f"b {KEY}\n")
    assert read_known_hosts(str(path)) == f"b {KEY}\n"
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path)] == [0o700, 0o600]


class Keygen(FakeRunner):
    """ssh-keygen, that makes a pair or says why it does not."""

    def __init__(self, *, said: str = "") -> None:
        self._said = said

    def answer(self, argv: tuple[str, ...]) -> Result:
        if not self._said:
            path = Path(argv[-1])
            path.write_text("private", encoding="utf-8")
            Path(f"{path}.pub").write_text(f"ssh-ed25519 AAAA {argv[argv.index('-C') + 1]}\n", encoding="utf-8")
        return Result(argv, 1 if self._said else 0, "", self._said)


def test_a_key_is_made_where_there_is_none(tmp_path: Path) -> None:
    path = str(tmp_path / "it's .ssh" / "pgpitr-db1")
    assert public_key(path) == ""
    made = make_key_pair(path, comment="pgpitr db1@a", runner=Keygen())
    assert made == public_key(path) == "ssh-ed25519 AAAA pgpitr db1@a"


def test_what_ssh_keygen_says_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failed) as caught:
        make_key_pair(str(tmp_path / "key"), comment="c", runner=Keygen(said="No space left on device"))
    assert caught.value.code == "key-not-made" and "No space left" in caught.value.message
