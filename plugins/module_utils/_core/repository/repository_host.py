# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host that keeps a repository for others."""

from __future__ import annotations

from ..errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_USER = "pgpitr"
# What names it, in the options of the modules and in the configuration of the program.
HOST_SETTINGS = ("repository_host", "repository_user", "repository_ssh_port", "repository_ssh_identity_file")


class RepositoryHost:
    """A host reached by SSH: its name or address, the account there, the port, and the private key of a cluster.

    An empty ``port`` or ``identity_file`` means the usual one. PostgreSQL's commands use this for each segment.
    """

    def __init__(self, name: str, *, user: str = "", port: str = "", identity_file: str = "") -> None:
        self.name = name
        self.user = user or DEFAULT_USER
        self.port = port
        self.identity_file = identity_file

    @classmethod
    def named(cls, settings: Mapping[str, object]) -> RepositoryHost | None:
        """The host that ``HOST_SETTINGS`` name; ``None``: this host keeps the repository.

        Raises Refused (``root-refused``).

        >>> RepositoryHost.named({"repository_host": "backup1"}).user, RepositoryHost.named({"repository_host": ""})
        ('pgpitr', None)
        """
        name, user, port, identity_file = (str(settings.get(each) or "") for each in HOST_SETTINGS)
        if name and user == "root":
            raise _root_refused(name)
        return cls(name, user=user, port=port, identity_file=identity_file) if name else None

    def address(self, path: str) -> str:
        """How people name a path there.

        >>> RepositoryHost("backup1").address("/srv/pitr")
        'pgpitr@backup1:/srv/pitr'
        """
        return f"{self.user}@{self.name}:{path}"

    def settings(self) -> dict[str, str]:
        """The values of ``HOST_SETTINGS``."""
        return dict(zip(HOST_SETTINGS, (self.name, self.user, self.port, self.identity_file)))


def _root_refused(host: str) -> Refused:
    return Refused(
        f"the repository on '{host}' is not to be root's, whose home and password would be changed for it",
        code="root-refused",
        hint="Set 'pitr_repository_user' to an account of its own, or leave it unset: 'pgpitr' is made then.",
    )


__all__ = ("DEFAULT_USER", "HOST_SETTINGS", "RepositoryHost")
