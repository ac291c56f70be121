# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program's configuration file of one cluster: ``key = value`` lines.

Plain functions and a dictionary of texts, because it is read for each archived segment.
"""

from __future__ import annotations

from ..errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_CONFIG_DIRECTORY = "/etc/pgpitr"
DEFAULT_AGENT_PATH = "/usr/local/bin/pgpitr"
KEYS = (
    "repository_path",
    "repository_mount_point",
    "repository_host",
    "repository_user",
    "repository_ssh_port",
    "repository_ssh_identity_file",
    "repository_s3_bucket",
    "repository_s3_prefix",
    "repository_s3_endpoint",
    "repository_s3_region",
    "repository_s3_ca_file",
    "repository_s3_path_style",
    "repository_s3_credentials_file",
    "repository_age_recipients",
    "compression",
    "queue_max_bytes",
    "data_directory",
    "bin_directory",
    "port",
    "socket_directory",
    "os_user",
    "login_user",
)
_PORTS = ("port", "repository_ssh_port")
_COUNTS = ("queue_max_bytes",)
_SHOWN = 80
_HEADER = "# Written by the module pgfleet.pitr.agent; pgpitr reads it each time PostgreSQL archives or fetches WAL.\n"


def parse_agent_config(text: str, *, path: str) -> dict[str, str]:
    """The value of every key, empty if it is not set; ``path`` is for messages.

    >>> parse_agent_config("repository_path = /srv/pitr", path="db1.conf")["repository_path"]
    '/srv/pitr'

    Lines that are empty or begin with ``#``, and spaces around key and value, are ignored. Raises InvalidInput
    (``config-invalid``).
    """
    values = dict.fromkeys(KEYS, "")
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        key, separator, value = content.partition("=")
        key = key.strip()
        if not separator or key not in values:
            raise _invalid(f"'{path}' line {number} is not a known setting: '{content[:_SHOWN]}'")
        values[key] = value.strip()
    if not values["repository_path"] and not values["repository_s3_bucket"]:
        raise _invalid(f"'{path}' does not set 'repository_path'")
    for key, value in values.items():
        if "\0" in value or (key in _PORTS and value and not _is_port(value)) or not _is_count(key, value):
            raise _invalid(f"'{path}' sets '{key}' to {value[:_SHOWN]!r}")
    return values


def format_agent_config(values: Mapping[str, str]) -> str:
    """The file's text; keys that are empty or missing are left out.

    Raises InvalidInput (``config-invalid``) for a value that can't be written in one line.
    """
    lines = [_HEADER]
    for key in KEYS:
        value = values.get(key, "")
        if value != value.strip() or len(value.splitlines()) > 1:
            raise _invalid(f"{key} '{value}' has a line break, or begins or ends with a space")
        if value:
            lines.append(f"{key} = {value}\n")
    return "".join(lines)


def _is_count(key: str, value: str) -> bool:
    return key not in _COUNTS or not value or (value.isascii() and value.isdigit() and len(value) < 20)


def _is_port(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 5 and 0 < int(value) <= 65535


def _invalid(what: str) -> InvalidInput:
    return InvalidInput(
        what,
        code="config-invalid",
        hint=f"Run the playbook 'archive', which writes the file; its settings are {', '.join(KEYS)}.",
    )


__all__ = ("DEFAULT_AGENT_PATH", "DEFAULT_CONFIG_DIRECTORY", "KEYS", "format_agent_config", "parse_agent_config")
