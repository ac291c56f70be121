# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.several import (
    as_single,
    check_repositories,
    place_of,
)

NEAR = {"name": "near", "path": "/srv/pitr"}
FAR = {"name": "far", "path": "/srv/pitr", "host": "backup1"}
BUCKET = {"name": "bucket", "s3_bucket": "backups", "s3_prefix": "pg"}


@pytest.mark.parametrize(
    ("items", "told"),
    [
        pytest.param(
            [NEAR, {**FAR, "name": "near"}], "two items of 'repositories' have the name 'near'", id="one name"
        ),
        pytest.param([NEAR, {**NEAR, "name": "b"}], "'near' and 'b' are at one place", id="one directory"),
        pytest.param([NEAR, {"name": "b", "path": "/srv//pitr/./"}], "are at one place", id="one directory, otherwise"),
        pytest.param([FAR, {**FAR, "name": "b", "ssh_port": 22}], "are at one place", id="one host"),
        pytest.param([BUCKET, {**BUCKET, "name": "b", "s3_prefix": "/pg/"}], "are at one place", id="one bucket"),
        pytest.param([{**NEAR, "required": False}, FAR], "the first repository, 'near', is not required", id="first"),
        pytest.param([{"path": "/srv"}], "item 1 of 'repositories' has the name ''", id="no name"),
        pytest.param([{**NEAR, "name": "a/b"}], "has the name 'a/b'", id="a name that is no file's"),
        pytest.param([NEAR, {"name": "b", "host": "h"}], "'b' has neither 'path' nor 's3_bucket'", id="no place"),
        pytest.param([{"name": f"r{n}", "path": f"/{n}"} for n in range(10)], "9 is the most", id="too many"),
    ],
)
def test_list_that_nobody_can_want_is_refused(items: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_repositories([as_single(item) for item in items])
    assert caught.value.code == "repositories-invalid"
    assert told in caught.value.message


def test_list_of_every_kind_passes() -> None:
    check_repositories([as_single(each) for each in (NEAR, {**FAR, "required": False}, BUCKET)])
    assert place_of(as_single({"name": "x"})) is None
