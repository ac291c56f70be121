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
    from collections.abc import Mapping, Sequence

DEFAULT_CONFIG_DIRECTORY = "/etc/pgpitr"
DEFAULT_AGENT_PATH = "/usr/local/bin/pgpitr"
KEYS = (
    # Only where there are several.
    "repository_name",
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
    # Its own rules of retention, where there are several.
    "repository_keep_full",
    "repository_keep_days",
    "repository_keep_daily",
    "repository_keep_weekly",
    "repository_keep_monthly",
    "repository_keep_yearly",
    "compression",
    "queue_max_bytes",
    "data_directory",
    "bin_directory",
    "port",
    "socket_directory",
    "os_user",
    "login_user",
)
# Of the second repository and those behind it: the same keys with its number.
_NUMBERED = "repository"
_NUMBERS = "23456789"
MOST_REPOSITORIES = 1 + len(_NUMBERS)
_OWN_ALONE = "repository_required"
# What is one for all.
_SHARED = ("repository_age_recipients",)
_COUNTS = ("queue_max_bytes",)
_KEEP = "_keep_"
_SHOWN = 80
_HEADER = "# Written by the module pgfleet.pitr.agent; pgpitr reads it each time PostgreSQL archives or fetches WAL.\n"


def parse_agent_config(text: str, *, path: str) -> dict[str, str]:
    """The value of every key, empty if it is not set; ``path`` is for messages.

    >>> parse_agent_config("repository_path = /srv/pitr", path="db1.conf")["repository_path"]
    '/srv/pitr'

    Where there are several repositories, the keys of the second begin with ``repository2_``, and so on. Lines that are
    empty or begin with ``#``, and spaces around key and value, are ignored. Raises InvalidInput (``config-invalid``).
    """
    values = dict.fromkeys(KEYS, "")
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        key, separator, value = content.partition("=")
        key = key.strip()
        if not separator or (key not in values and not _single_key(key)):
            raise _invalid(f"'{path}' line {number} is not a known setting: '{content[:_SHOWN]}'")
        values[key] = value.strip()
    if not values["repository_path"] and not values["repository_s3_bucket"]:
        raise _invalid(f"'{path}' does not set 'repository_path'")
    for key, value in values.items():
        is_port = key == "port" or key.endswith("_ssh_port")
        if "\0" in value or (is_port and value and not _is_port(value)) or not _is_count(key, value):
            raise _invalid(f"'{path}' sets '{key}' to {value[:_SHOWN]!r}")
    if has_several(values):
        _check_others(values, path=path)
    return values


def has_several(values: Mapping[str, str]) -> bool:
    """Whether the configuration names more than one repository.

    >>> text = "repository_path = /a\\nrepository2_name = b\\nrepository2_path = /b"
    >>> has_several(parse_agent_config(text, path="db1.conf"))
    True
    """
    return len(values) > len(KEYS)


def other_repositories(values: Mapping[str, str]) -> list[dict[str, str]]:
    """The second repository and those behind it, each as a configuration that has only this one.

    >>> text = "repository_path = /a\\nrepository2_name = b\\nrepository2_path = /b\\nport = 1"
    >>> values = parse_agent_config(text, path="db1.conf")
    >>> [(other["repository_path"], other["port"]) for other in other_repositories(values)]
    [('/b', '1')]
    """
    found = []
    for number in _NUMBERS:
        own = {_single_key(key): value for key, value in values.items() if _number_of(key) == number}
        if own:
            shared = {key: "" if key.startswith("repository_") and key not in _SHARED else values[key] for key in KEYS}
            found.append({**shared, **own})
    return found


def is_required(values: Mapping[str, str]) -> bool:
    """Whether a segment counts as archived only once this repository has it."""
    return values.get(_OWN_ALONE) != "false"


def _check_others(values: Mapping[str, str], *, path: str) -> None:
    """Where one of them has no place, what was to be stored there would be nowhere."""
    for number, other in enumerate(other_repositories(values), start=2):
        name = other["repository_name"]
        if not name or not (other["repository_path"] or other["repository_s3_bucket"]):
            raise _invalid(f"'{path}' does not set the name of repository {number}, or neither path nor bucket of it")


def _number_of(key: str) -> str:
    """The number of another repository in a key, empty: it is a key of the first one.

    >>> _number_of("repository2_path"), _number_of("repository_path")
    ('2', '')
    """
    number = key[len(_NUMBERED) : len(_NUMBERED) + 1]
    return number if key.startswith(_NUMBERED) and number in _NUMBERS else ""


def _single_key(key: str) -> str:
    """What a key of another repository is called for the first one; empty: it is none."""
    if not _number_of(key):
        return ""
    single = _NUMBERED + key[len(_NUMBERED) + 1 :]
    is_own = single == _OWN_ALONE or (single in KEYS and single not in _SHARED and single.startswith(_NUMBERED + "_"))
    return single if is_own else ""


def format_agent_config(values: Mapping[str, str], *, others: Sequence[Mapping[str, str]] = ()) -> str:
    """The file's text; keys that are empty or missing are left out. ``others`` are the further repositories.

    Raises InvalidInput (``config-invalid``) for a value that can't be written in one line.
    """
    numbered = dict(values)
    for number, other in zip(_NUMBERS, others):
        numbered.update({_NUMBERED + number + key[len(_NUMBERED) :]: value for key, value in other.items()})
    lines = [_HEADER]
    for key in (*KEYS, *(key for key in numbered if _number_of(key))):
        value = numbered.get(key, "")
        if value != value.strip() or len(value.splitlines()) > 1:
            raise _invalid(f"{key} '{value}' has a line break, or begins or ends with a space")
        if value:
            lines.append(f"{key} = {value}\n")
    return "".join(lines)


def _is_count(key: str, value: str) -> bool:
    return (
        (key not in _COUNTS and _KEEP not in key)
        or not value
        or (value.isascii() and value.isdigit() and len(value) < 20)
    )


def _is_port(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 5 and 0 < int(value) <= 65535


def _invalid(what: str) -> InvalidInput:
    return InvalidInput(
        what,
        code="config-invalid",
        hint=f"Run the playbook 'archive', which writes the file; its settings are {', '.join(KEYS)}.",
    )


__all__ = (
    "DEFAULT_AGENT_PATH",
    "DEFAULT_CONFIG_DIRECTORY",
    "KEYS",
    "MOST_REPOSITORIES",
    "format_agent_config",
    "has_several",
    "is_required",
    "other_repositories",
    "parse_agent_config",
)
