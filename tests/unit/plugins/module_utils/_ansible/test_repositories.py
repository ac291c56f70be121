# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.repositories import with_first
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput

ITEMS = [{"name": "near", "path": "/srv/pitr", "required": True}, {"name": "far", "host": "backup1", "path": "/srv"}]


def test_options_of_the_first_are_those_of_the_one() -> None:
    options = with_first({"port": 5432, "repository_path": None, "repositories": ITEMS})
    assert (options["repository_path"], options["repository_host"], options["port"]) == ("/srv/pitr", None, 5432)
    assert [each["repository_name"] for each in options["repositories"]] == ["near", "far"]


@pytest.mark.parametrize("repositories", [None, []])
def test_without_a_list_nothing_changes(repositories: list[object] | None) -> None:
    options = {"repository_path": "/srv", "repositories": repositories}
    assert with_first(options) == options


def test_both_forms_at_once_are_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        with_first({"repository_s3_bucket": "backups", "repositories": ITEMS})
    assert caught.value.code == "repository-ambiguous"
    assert "'repository_s3_bucket'" in caught.value.message
