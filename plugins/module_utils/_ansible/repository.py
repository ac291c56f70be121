# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository that a module's options name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._core.encryption.age_keys import parse_recipients
from .._core.errors import InvalidInput
from .._core.repository.bucket import Bucket
from .._core.repository.repository_host import RepositoryHost
from .._core.repository.s3_credentials import format_credentials
from .._core.repository.several import own_rules
from .._io.encryption.age_identity import AgeIdentity
from .._io.repository.cluster_folder import ClusterFolder
from .._io.repository.repository import Repository


def repository_of(options: Mapping[str, Any], *, identity: AgeIdentity | None = None) -> Repository:
    """The repository that ``REPOSITORY_OPTIONS`` name, or the first of several, which has the others.

    ``identity`` decrypts what is encrypted there. Raises InvalidInput (``option-missing``, ``repository-ambiguous``,
    ``recipient-invalid``, ``recipient-is-secret``).
    """
    recipients = parse_recipients(options.get("repository_age_recipients"))
    first, *others = options.get("repositories") or [options]
    return _repository(
        first,
        recipients=recipients,
        identity=identity,
        others=[_repository(each, recipients=recipients, identity=identity) for each in others],
    )


def _repository(
    options: Mapping[str, Any],
    *,
    recipients: tuple[str, ...],
    identity: AgeIdentity | None,
    others: Sequence[Repository] = (),
) -> Repository:
    bucket = Bucket.named(options)
    if bucket is None and not options.get("repository_path"):
        raise option_missing(
            "repository_path",
            hint="Set 'pitr_repository_path' to the repository's directory, or 'pitr_repository_s3_bucket'.",
        )
    if bucket is not None:
        _check_in_bucket(options)
    return Repository(
        options.get("repository_path") or "",
        mount_point=options.get("repository_mount_point"),
        host=RepositoryHost.named(options),
        bucket=bucket,
        recipients=recipients,
        identity=identity,
        name=options.get("repository_name") or "",
        is_required=options.get("repository_required") is not False,
        keep=own_rules(options),
        others=others,
    )


def credentials_of(options: Mapping[str, Any]) -> str | None:
    """The text of the file with the keys to the bucket of one repository; ``None``: none were given.

    Raises InvalidInput (``repository-credentials-invalid``).
    """
    bucket = repository_of(options).bucket
    return format_credentials(*bucket.keys) if bucket is not None and all(bucket.keys) else None


def _check_in_bucket(options: Mapping[str, Any]) -> None:
    for name in ("repository_path", "repository_host", "repository_mount_point"):
        if options.get(name):
            raise InvalidInput(
                f"both '{name}' and 'repository_s3_bucket' are set, and the repository is in one place",
                code="repository-ambiguous",
                hint=f"Leave 'pitr_{name}' empty for this cluster, or 'pitr_repository_s3_bucket'.",
            )
    if bool(options.get("repository_s3_access_key_id")) != bool(options.get("repository_s3_secret_access_key")):
        raise option_missing(
            "repository_s3_secret_access_key"
            if options.get("repository_s3_access_key_id")
            else "repository_s3_access_key_id",
            hint="Set both keys, or neither.",
        )


def folder_of(options: Mapping[str, Any], *, repository: Repository, name: str | None = None) -> ClusterFolder:
    """The cluster's folder; ``name``: that of another, which a copy is of.

    Raises InvalidInput: ``option-missing``, ``invalid-cluster-name``.
    """
    return repository.cluster(_name_of(options, name))


def everywhere_of(options: Mapping[str, Any], *, repository: Repository, name: str | None = None) -> ClusterFolder:
    """The cluster's folders in all repositories, for what restores from them. Raises as :func:`folder_of`."""
    return repository.everywhere(_name_of(options, name))


def _name_of(options: Mapping[str, Any], name: str | None) -> str:
    found = name or options.get("name")
    if not found:
        raise option_missing("name", hint="Set 'pitr_cluster_name' to the cluster's name in the repository.")
    return str(found)


def option_missing(name: str, *, hint: str) -> InvalidInput:
    """The error for an option that is needed and unset."""
    return InvalidInput(f"'{name}' is not set", code="option-missing", hint=hint)


__all__ = ("credentials_of", "everywhere_of", "folder_of", "option_missing", "repository_of")
