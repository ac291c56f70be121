# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and replacing configuration files, with owner and mode kept."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..._core.errors import Refused
from ..._core.postgres.cluster import Cluster
from ..host.files import write_durably, write_failed
from ..host.runner import Runner
from ..privilege.controllers import controllers_of
from ..privilege.root import REPLACE_CONFIGURATION, ask_root, has_root
from .configured_settings import read_setting


@dataclass(frozen=True)
class ConfigurationFile:
    """A file as it is: ``path`` as PostgreSQL names it, ``real_path`` without links."""

    path: str
    real_path: str
    text: str
    mode: int
    owner: tuple[int, int]


def read_configuration_files(paths: Iterable[str]) -> dict[str, ConfigurationFile]:
    """The files by the path given. Bytes that are no UTF-8 survive the round trip."""
    return {path: _read(path) for path in paths}


def write_configuration_files(files: Mapping[str, ConfigurationFile], *, texts: Mapping[str, str]) -> None:
    """Replace the text of the files durably. Raises Unavailable (``write-failed``), with earlier files put back."""
    written = []
    try:
        for path, text in texts.items():
            _write(files[path], text=text)
            written.append(path)
    except BaseException:
        for path in written:
            _write(files[path], text=files[path].text)
        raise


def check_writable(files: Iterable[ConfigurationFile]) -> None:
    """Raise Refused (``configuration-not-writable``) when this process could not replace one of the files."""
    for file in files:
        if not _is_ours(file) and not (has_root() and controllers_of(file.real_path) == {0}):
            raise Refused(
                f"'{file.path}' cannot be replaced by user id {os.geteuid()}",
                code="configuration-not-writable",
                hint="Give file and directory to the user that PostgreSQL runs as. Where both and all above are root's"
                " alone, run with 'become: true' (root).",
            )


def check_configuration(cluster: Cluster, *, runner: Runner) -> None:
    """Let PostgreSQL's own program read the files as a start would. Raises Failed (``configuration-invalid``)."""
    directory = os.path.dirname(cluster.config_file) if cluster.debian_name else cluster.data_directory
    read_setting(
        "data_directory",
        program=cluster.program("postgres"),
        arguments=["-D", directory, *cluster.start_options],
        runner=runner,
        about=cluster.data_directory,
    )


def _read(path: str) -> ConfigurationFile:
    real_path = os.path.realpath(path)
    status = os.stat(real_path)
    with open(real_path, encoding="utf-8", errors="surrogateescape", newline="") as stream:
        text = stream.read()
    return ConfigurationFile(path, real_path, text, stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid))


def _write(file: ConfigurationFile, *, text: str) -> None:
    if _is_ours(file):
        content = text.encode("utf-8", errors="surrogateescape")
        write_durably(file.real_path, content, mode=file.mode, owner=file.owner)
        return
    # Some fleets let root own the files, so that the server's user cannot change them.
    try:
        ask_root(REPLACE_CONFIGURATION, path=file.real_path, text=text)
    except OSError as error:
        raise write_failed(file.real_path, error) from error


def _is_ours(file: ConfigurationFile) -> bool:
    directory = os.path.dirname(file.real_path)
    return file.owner[0] == os.geteuid() and os.access(directory, os.W_OK | os.X_OK, effective_ids=True)


__all__ = (
    "ConfigurationFile",
    "check_configuration",
    "check_writable",
    "read_configuration_files",
    "write_configuration_files",
)
