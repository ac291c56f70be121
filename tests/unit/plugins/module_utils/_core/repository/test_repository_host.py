# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host that keeps a repository for others."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.repository_host import RepositoryHost


@pytest.mark.parametrize("settings", [{}, {"repository_host": ""}, {"repository_host": None, "repository_user": "x"}])
def test_without_a_name_this_host_keeps_it(settings: dict[str, str]) -> None:
    assert RepositoryHost.named(settings) is None


def test_settings_are_those_of_options_and_of_the_configuration() -> None:
    host = RepositoryHost.named({"repository_host": "b", "repository_ssh_port": 2222, "repository_user": None})
    assert host is not None
    assert host.settings() == {
        "repository_host": "b",
        "repository_user": "pgpitr",
        "repository_ssh_port": "2222",
        "repository_ssh_identity_file": "",
    }
    assert RepositoryHost.named(host.settings()) is not None


def test_it_is_never_roots() -> None:
    with pytest.raises(Refused) as caught:
        RepositoryHost.named({"repository_host": "b", "repository_user": "root"})
    assert caught.value.code == "root-refused"
