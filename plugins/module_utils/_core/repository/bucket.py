# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bucket of an object storage (S3) that keeps a repository."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

BUCKET_SETTINGS = (
    "repository_s3_bucket",
    "repository_s3_prefix",
    "repository_s3_endpoint",
    "repository_s3_region",
    "repository_s3_ca_file",
    "repository_s3_path_style",
    "repository_s3_credentials_file",
)
# Of a module's options; the program reads them from the file of the credentials.
SECRET_SETTINGS = ("repository_s3_access_key_id", "repository_s3_secret_access_key")
_TRUE = ("true", "yes", "1")


class Bucket:
    """A bucket, what the keys in it begin with, and how its store is reached.

    An empty ``endpoint`` is Amazon's, an empty ``region`` the store's usual one, an empty ``ca_file`` what the system
    trusts. Without ``keys`` (identifier and secret) and ``credentials_file``, credentials are found as AWS's own tools
    find them.
    """

    def __init__(
        self,
        name: str,
        *,
        prefix: str = "",
        endpoint: str = "",
        region: str = "",
        ca_file: str = "",
        is_path_style: bool = False,
        credentials_file: str = "",
        keys: tuple[str, str] = ("", ""),
    ) -> None:
        self.name = name
        self.prefix = prefix.strip("/")
        self.endpoint = endpoint
        self.region = region
        self.ca_file = ca_file
        self.is_path_style = is_path_style
        self.credentials_file = credentials_file
        self.keys = keys

    @classmethod
    def named(cls, settings: Mapping[str, object]) -> Bucket | None:
        """The bucket that ``BUCKET_SETTINGS`` name; ``None``: no object storage keeps the repository.

        >>> Bucket.named({"repository_s3_bucket": "backups", "repository_s3_prefix": "/pg/"}).address()
        's3://backups/pg'
        >>> Bucket.named({"repository_path": "/srv/pitr"})
        """
        name, prefix, endpoint, region, ca_file, style, file = (_text(settings, each) for each in BUCKET_SETTINGS)
        if not name:
            return None
        identifier, secret = (_text(settings, each) for each in SECRET_SETTINGS)
        return cls(
            name,
            prefix=prefix,
            endpoint=endpoint,
            region=region,
            ca_file=ca_file,
            is_path_style=style.lower() in _TRUE,
            credentials_file=file,
            keys=(identifier, secret),
        )

    def address(self, key: str = "") -> str:
        """How people name the place of a key below the prefix.

        >>> Bucket("backups").address("db1/cluster.json")
        's3://backups/db1/cluster.json'
        """
        return "/".join(part for part in ("s3:/", self.name, self.prefix, key) if part)

    def settings(self) -> dict[str, str]:
        """The values of ``BUCKET_SETTINGS``; the keys are not among them."""
        style = "true" if self.is_path_style else ""
        values = (self.name, self.prefix, self.endpoint, self.region, self.ca_file, style, self.credentials_file)
        return dict(zip(BUCKET_SETTINGS, values))


def _text(settings: Mapping[str, object], name: str) -> str:
    value = settings.get(name)
    return "" if value is None else str(value)


__all__ = ("BUCKET_SETTINGS", "SECRET_SETTINGS", "Bucket")
