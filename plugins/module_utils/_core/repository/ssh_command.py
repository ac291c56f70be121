# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SSH command that reaches a repository on another host, and what its own words mean when it fails.

Source: ssh(1), ssh_config(5); exit code 255 is an error of ssh itself.
"""

from __future__ import annotations

from ..errors import PitrError, Refused, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .repository_host import RepositoryHost

# Of the repository's host, where the program is the same one as here.
DEFAULT_PROGRAM = "/usr/local/bin/pgpitr"
_CONNECT_SECONDS = 20
_ALIVE_SECONDS = 15
# Further calls share the connection of the first: a handshake takes longer than a segment.
_SHARED_SECONDS = 60
# A path of a socket has at most 107 bytes, of which ssh adds 57: the hash, and 17 until the socket has its name.
_MOST_DIRECTORY_BYTES = 48
_PROGRAM_NOT_FOUND = 127
_OTHER_KEY = (
    "repository-host-unknown",
    "Somebody may answer in its place. Where the host was replaced, run the playbook 'archive', which pins its key.",
)
_SAID_BY_SSH = {
    "Permission denied": (
        "repository-key-refused",
        "Run the playbook 'archive', which lets the key of this host in there.",
    ),
    "Host key verification failed": _OTHER_KEY,
    "REMOTE HOST IDENTIFICATION HAS CHANGED": _OTHER_KEY,
}


def default_key(home: str, *, cluster_name: str) -> str:
    """The private key of a cluster, in the home directory of PostgreSQL's account.

    >>> default_key("/var/lib/postgresql", cluster_name="db1")
    '/var/lib/postgresql/.ssh/pgpitr-db1'
    """
    return f"{home}/.ssh/pgpitr-{cluster_name}"


def known_hosts_of(key: str) -> str:
    """The file beside a private key that has the keys of the hosts which are reached with it."""
    return f"{key.rpartition('/')[0]}/pgpitr_known_hosts"


def known_name(host: RepositoryHost) -> str:
    """The host's name in known_hosts(5): in brackets with the port where that is not 22."""
    return host.name if host.port in ("", "22") else f"[{host.name}]:{host.port}"


def ssh_command(host: RepositoryHost, *, repository_path: str, cluster_name: str, key: str) -> tuple[str, ...]:
    """The words of the command; a key's forced command on the other host takes the place of the last one.

    ``key`` is the path of the private key. Nothing of the account's own configuration is read: what an administrator
    set up for other purposes must not end archiving.
    """
    directory = key.rpartition("/")[0]
    settings = {
        "BatchMode": "yes",
        "ClearAllForwardings": "yes",
        "ConnectTimeout": str(_CONNECT_SECONDS),
        "GlobalKnownHostsFile": "none",
        "IdentitiesOnly": "yes",
        "IdentityFile": quoted(key),
        "LogLevel": "ERROR",
        "ServerAliveInterval": str(_ALIVE_SECONDS),
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": quoted(known_hosts_of(key)),
    }
    if len(directory.encode("utf-8", "surrogateescape")) <= _MOST_DIRECTORY_BYTES:
        settings["ControlMaster"] = "auto"
        settings["ControlPersist"] = str(_SHARED_SECONDS)
        settings["ControlPath"] = quoted(f"{directory}/pgpitr-%C")
    words = ["ssh", "-F", "none", "-T"]
    for name, value in settings.items():
        words += ["-o", f"{name}={value}"]
    if host.port:
        words += ["-p", host.port]
    words += ["-l", host.user, "--", host.name]
    return (*words, serve_command(repository_path, cluster_name=cluster_name))


def serve_command(repository_path: str, *, cluster_name: str, program: str = DEFAULT_PROGRAM) -> str:
    """What the other host's shell is given; ``authorized_keys`` names it for the key of a database host."""
    return f"{program} serve --repository {shell_quoted(repository_path)} --cluster {cluster_name} --append-only"


def connection_error(said: str, *, place: str, reason: str, exit_code: int | None = None) -> PitrError:
    """The error for a connection that could not be made or was lost: ``said`` are the words of ssh."""
    last = said.strip().splitlines()[-1] if said.strip() else reason
    for words, (code, hint) in _SAID_BY_SSH.items():
        if words in said:
            return Refused(f"cannot reach the repository '{place}': {last}", code=code, hint=hint)
    if exit_code == _PROGRAM_NOT_FOUND:
        return Refused(
            f"the host of the repository '{place}' lacks the program: {last}",
            code="repository-program-missing",
            hint="Run the playbook 'archive', which installs it there.",
        )
    return Unavailable(
        f"cannot reach the repository '{place}': {last}",
        code="repository-unreachable",
        hint="See that its host is up and answers SSH from here; archiving goes on by itself when it does.",
    )


def quoted(path: str) -> str:
    """A path as ssh reads it in an option: in quotes, and with percent signs doubled but for its own ``%C``.

    >>> quoted("/var/lib/the 100%/.ssh/pgpitr-%C")
    '"/var/lib/the 100%%/.ssh/pgpitr-%C"'
    """
    doubled = path.replace("%", "%%")
    return '"' + (doubled[:-3] + "%C" if path.endswith("-%C") else doubled) + '"'


def shell_quoted(text: str) -> str:
    """As one word for a shell.

    >>> shell_quoted("/srv/it's here")
    "'/srv/it'\\\\''s here'"
    """
    return "'" + text.replace("'", "'\\''") + "'"


__all__ = (
    "DEFAULT_PROGRAM",
    "connection_error",
    "default_key",
    "known_hosts_of",
    "known_name",
    "quoted",
    "serve_command",
    "shell_quoted",
    "ssh_command",
)
