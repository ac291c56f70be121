# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the credentials for a bucket come from."""

from __future__ import annotations

import os
import sys

from ..._core.errors import Refused
from ..._core.repository.s3_connection_error import library_missing
from ..._core.repository.s3_credentials import parse_credentials
from ..host.files import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..._core.repository.bucket import Bucket


def new_session(bucket: Bucket) -> Any:
    """A session of botocore's with the credentials for the bucket.

    Raises Unavailable (``boto3-missing``), Refused (``repository-credentials-missing``), InvalidInput.
    """
    _let_packages_be_found()
    try:
        import botocore.session
    except ImportError as error:
        raise library_missing(sys.executable) from error
    session = botocore.session.get_session()
    identifier, secret = bucket.keys if all(bucket.keys) else _keys_of_file(bucket.credentials_file)
    if identifier:
        session.set_credentials(identifier, secret)
        return session
    # A process that root has started for an account may have root's HOME.
    home = _home()
    for name, variable, file in (
        ("credentials_file", "AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        ("config_file", "AWS_CONFIG_FILE", "config"),
    ):
        if home and variable not in os.environ:
            session.set_config_variable(name, f"{home}/.aws/{file}")
    return session


def _keys_of_file(path: str) -> tuple[str, str]:
    if not path:
        return "", ""
    try:
        text = read_text(path)
    except OSError as error:
        text, reason = None, error.strerror
    else:
        reason = "there is no such file"
    if text is None:
        raise Refused(
            f"cannot read the credentials of the repository '{path}': {reason}",
            code="repository-credentials-missing",
            hint="The playbook 'archive' writes them, for PostgreSQL's account alone.",
        )
    return parse_credentials(text, path=path)


def _let_packages_be_found() -> None:
    """The program starts without the directories of installed packages, for speed."""
    if sys.flags.no_site and "site" not in sys.modules:
        import site

        site.main()


def _home() -> str:
    from pwd import getpwuid

    try:
        return getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return ""


__all__ = ("new_session",)
