# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets into a server that recovers: nobody but the account that owns it, until the recovery is handed over.

The server is started with its own ``hba_file`` and ``ident_file``, whose names lead through links. At the hand-over the
links lead to the files of everyday, and a reload is enough: ``hba_file`` itself could only be changed by a restart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InvalidInput, Refused

# Base backups leave out whatever has a name that begins so, and a start does not look for it in the data directory
# itself (PG_TEMP_FILE_PREFIX in src/include/storage/fd.h; sendDir in src/backend/backup/basebackup.c).
_DIRECTORY = "pgsql_tmp.pitr"
_MAP = "pitr"
# What could end a quoted word or a line of the file, or would be taken for more than a name
# (next_token and regcomp_auth_token in src/backend/libpq/hba.c).
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\]|^[/+]')
# sun_path has 108 bytes on Linux, the last one for its end.
_SOCKET_PATH_BYTES = 107
_NAMES_THE_FILES = re.compile(r"^(?:-c|--)?\s*(?:hba|ident)[_-]file\s*=", re.IGNORECASE)


@dataclass(frozen=True)
class AuthenticationFile:
    """One of the two files; ``everyday`` is its path once the recovery is handed over."""

    kind: str
    everyday: str

    @property
    def name(self) -> str:
        """The last part of its path, which stays the same."""
        return self.everyday.rpartition("/")[2]

    def link(self, data_directory: str) -> str:
        """The link that leads to the closed or to the open directory."""
        return f"{access_directory(data_directory)}/{self.kind}"

    def setting(self, data_directory: str) -> str:
        """The path that the server is started with."""
        return f"{self.link(data_directory)}/{self.name}"


@dataclass(frozen=True)
class RecoveryAccess:
    """The files of everyday, and the directory of the server's Unix socket (empty: it has none)."""

    hba_file: str
    ident_file: str
    socket_directory: str

    @property
    def files(self) -> tuple[AuthenticationFile, AuthenticationFile]:
        """The two files."""
        return AuthenticationFile("hba", self.hba_file), AuthenticationFile("ident", self.ident_file)

    def settings(self, data_directory: str, *, port: int) -> dict[str, str]:
        """What the server is started with, so that nobody else gets in and replay waits for nobody.

        Raises Refused (``socket-path-too-long``).
        """
        private = {f"{file.kind}_file": file.setting(data_directory) for file in self.files}
        delays = {"max_standby_archive_delay": "0", "max_standby_streaming_delay": "0"}
        return {**private, **delays, **self._socket(data_directory, port=port)}

    def _socket(self, data_directory: str, *, port: int) -> dict[str, str]:
        """Without a socket nobody could tell the server which account asks."""
        if self.socket_directory:
            return {}
        directory = access_directory(data_directory)
        path = f"{directory}/.s.PGSQL.{port}"
        if len(path.encode("utf-8", "surrogateescape")) > _SOCKET_PATH_BYTES:
            raise Refused(
                f"the server has no Unix socket, and the path of one for its recovery is too long: '{path}'",
                code="socket-path-too-long",
                hint="Set unix_socket_directories in the server's configuration, to a directory with a short path.",
            )
        return {"unix_socket_directories": directory}


def access_directory(data_directory: str) -> str:
    """The directory that holds the files and links."""
    return f"{data_directory}/{_DIRECTORY}"


def hba_text() -> str:
    """A ``pg_hba.conf`` that lets in whom the map knows, by the Unix socket, and no replication."""
    return f"local all all peer map={_MAP}\n"


def ident_text(os_user: str, *, roles: Iterable[str]) -> str:
    """A ``pg_ident.conf`` that lets the account log in as these roles.

    >>> ident_text("postgres", roles=["postgres", "shop owner"])
    'pitr "postgres" "postgres"\\npitr "postgres" "shop owner"\\n'
    """
    return "".join(f'{_MAP} "{os_user}" "{role}"\n' for role in dict.fromkeys(roles) if is_safe_name(role))


def is_safe_name(role: str) -> bool:
    """Whether the file takes the role's name as nothing but a name."""
    return _UNSAFE.search(role) is None


def check_role_name(role: str) -> None:
    """Raise InvalidInput (``checks-user-unsafe``) for a role whose name the file would take for something else."""
    if not is_safe_name(role):
        raise InvalidInput(
            f"pg_ident.conf cannot take the role name {role!r} for a plain name",
            code="checks-user-unsafe",
            hint="Name a role without quotes, backslashes, control characters, and '/' or '+' at its beginning.",
        )


def check_start_options(options: Iterable[str]) -> None:
    """Raise Refused (``recovery-not-private``) where the command line decides who gets in: no file can override it."""
    found = next((option for option in options if _NAMES_THE_FILES.match(option)), None)
    if found is not None:
        raise Refused(
            f"the server is started with '{found}', so clients would get in while it recovers",
            code="recovery-not-private",
            hint="Set it in the configuration file instead, and restart the server before the restore.",
        )


__all__ = (
    "AuthenticationFile",
    "RecoveryAccess",
    "access_directory",
    "check_role_name",
    "check_start_options",
    "hba_text",
    "ident_text",
    "is_safe_name",
)
