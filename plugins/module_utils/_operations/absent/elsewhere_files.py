# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration files of a server that is restored on another host."""

from __future__ import annotations

import os

from ..._core.catalogue.origin import OriginConfiguration
from ..._io.host.files import read_text, write_durably, write_failed

_MARK = "# Written by a restore of pgfleet.pitr, from what a backup recorded."
_FILES = {"postgresql.conf": "settings", "postgresql.auto.conf": "auto", "pg_hba.conf": "hba", "pg_ident.conf": "ident"}
_OPEN = 0o755
_AUTO = "postgresql.auto.conf"
# What pg_createcluster makes beside it.
_DEBIAN_FILES = {
    "environment": "# environment variables for postgres processes, as: VARIABLE = 'value'\n",
    "pg_ctl.conf": "pg_ctl_options = ''\n",
    "start.conf": "auto\n",
}


def write_scratch(directory: str, configuration: OriginConfiguration) -> str:
    """Write all of them into a directory of this process; the path of the main one."""
    _write(directory, configuration, names=_FILES)
    return f"{directory}/postgresql.conf"


def write_inside(base: str, configuration: OriginConfiguration) -> None:
    """Write all of them into the restored data directory."""
    _write(base, configuration, names=_FILES)


def write_outside(place: str, *, base: str, configuration: OriginConfiguration) -> None:
    """Write them where Debian's tools look for them, but for the one that lies in the data directory ``base``."""
    _write(base, configuration, names=[_AUTO])
    _write(place, configuration, names=[name for name in _FILES if name != _AUTO])
    for name, text in _DEBIAN_FILES.items():
        write_durably(f"{place}/{name}", text.encode())


def make_place(place: str) -> None:
    """Make the directory for :func:`write_outside`. Raises Unavailable (``write-failed``)."""
    try:
        # Open, as pg_createcluster makes it: whoever asks which clusters there are looks here.
        os.makedirs(place, mode=_OPEN, exist_ok=True)
    except OSError as error:
        raise write_failed(place, error) from error


def is_written_by_restore(place: str) -> bool:
    """Whether the configuration there is one that :func:`write_outside` wrote."""
    return (read_text(f"{place}/postgresql.conf") or "").startswith(_MARK)


def _write(directory: str, configuration: OriginConfiguration, *, names: list[str] | dict[str, str]) -> None:
    """They may hold passwords: nobody but the server's user reads them."""
    for name in names:
        text = getattr(configuration, _FILES[name])
        head = f"{_MARK}\n" if name == "postgresql.conf" and not text.startswith(_MARK) else ""
        write_durably(f"{directory}/{name}", f"{head}{text}".encode("utf-8", "surrogateescape"))


__all__ = ("is_written_by_restore", "make_place", "write_inside", "write_outside", "write_scratch")
