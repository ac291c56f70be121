# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each answer of a store means one thing to do."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.s3_error import store_error


@pytest.mark.parametrize(
    ("code", "status", "writes", "expected"),
    [
        ("NoSuchBucket", 404, False, "repository-missing"),
        ("InvalidAccessKeyId", 403, False, "repository-credentials-refused"),
        ("SignatureDoesNotMatch", 403, True, "repository-credentials-refused"),
        ("ExpiredToken", 400, False, "repository-credentials-refused"),
        ("RequestTimeTooSkewed", 403, False, "repository-clock-skewed"),
        ("QuotaExceeded", 403, True, "repository-full"),
        ("", 507, True, "repository-full"),
        ("PermanentRedirect", 301, False, "repository-region-differs"),
        ("AccessDenied", 403, True, "repository-not-writable"),
        ("AccessDenied", 403, False, "repository-not-readable"),
        ("BadDigest", 400, True, "write-failed"),
        ("SlowDown", 503, True, "repository-unreachable"),
        ("InternalError", 500, False, "repository-unreachable"),
        ("", 502, False, "repository-unreachable"),
    ],
)
def test_answer_of_the_store(code: str, status: int, writes: bool, expected: str) -> None:
    error = store_error(code, place="s3://backups/db1/x", said="so it says", status=status, writes=writes)
    assert error.code == expected and error.hint
    assert "s3://backups/db1/x" in error.message and (code or str(status)) in error.message
