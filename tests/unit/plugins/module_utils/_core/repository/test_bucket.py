# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bucket is read from settings, and goes back into them without its keys."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.agent_config import KEYS
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.bucket import BUCKET_SETTINGS, Bucket

ALL = {
    "repository_s3_bucket": "backups",
    "repository_s3_prefix": "pg",
    "repository_s3_endpoint": "https://s3.example.com",
    "repository_s3_region": "eu-central-1",
    "repository_s3_ca_file": "/etc/ssl/ca.pem",
    "repository_s3_path_style": "true",
    "repository_s3_credentials_file": "/etc/pgpitr/db1.s3",
}


def test_settings_survive_a_round_trip_and_have_no_secret() -> None:
    keys = {"repository_s3_access_key_id": "AK", "repository_s3_secret_access_key": "SK"}
    bucket = Bucket.named({**ALL, **keys})
    assert bucket is not None
    assert (bucket.settings(), bucket.keys) == (ALL, ("AK", "SK"))
    assert tuple(bucket.settings()) == BUCKET_SETTINGS


def test_the_configuration_of_the_program_has_every_setting() -> None:
    assert set(BUCKET_SETTINGS) <= set(KEYS)


@pytest.mark.parametrize("settings", [{}, {"repository_s3_bucket": ""}, {"repository_s3_bucket": None}])
def test_without_a_bucket_there_is_none(settings: dict[str, object]) -> None:
    assert Bucket.named({**ALL, "repository_s3_bucket": None, **settings}) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), ("True", True), ("yes", True), ("", False), (None, False), (False, False), ("false", False)],
)
def test_path_style_is_read_from_options_and_configuration(value: object, expected: bool) -> None:
    bucket = Bucket.named({"repository_s3_bucket": "backups", "repository_s3_path_style": value})
    assert bucket is not None and bucket.is_path_style is expected


@pytest.mark.parametrize(
    ("prefix", "key", "expected"),
    [
        ("", "", "s3://backups"),
        ("/pg/", "", "s3://backups/pg"),
        ("pg/prod", "db1/wal", "s3://backups/pg/prod/db1/wal"),
    ],
)
def test_address(prefix: str, key: str, expected: str) -> None:
    assert Bucket("backups", prefix=prefix).address(key) == expected
