# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With which compression libraries a build of PostgreSQL was made, asked of the programs and not of a server."""

from __future__ import annotations

import os

from ..host.runner import Runner

_BY_OPTION = {"zstd": "--with-zstd", "lz4": "--with-lz4"}
_BY_LIBRARY = {"zstd": b"libzstd.so", "lz4": b"liblz4.so"}


def built_in_compressions(bin_directory: str, *, runner: Runner) -> tuple[str, ...]:
    """Of ``zstd`` and ``lz4``, what this build has.

    ``pg_config`` tells how it was configured. Where that is not installed, or the build was made by Meson, the
    libraries that the program names in its dynamic section do.
    """
    configured = _configure_options(bin_directory, runner=runner)
    if configured:
        return tuple(name for name, option in _BY_OPTION.items() if option in configured)
    with open(f"{bin_directory}/postgres", "rb") as stream:
        program = stream.read()
    return tuple(name for name, library in _BY_LIBRARY.items() if library in program)


def has_icu(bin_directory: str, *, runner: Runner) -> bool:
    """Whether this build sorts by ICU, too."""
    if "--with-icu" in _configure_options(bin_directory, runner=runner):
        return True
    with open(f"{bin_directory}/postgres", "rb") as stream:
        return b"libicui18n" in stream.read()


def _configure_options(bin_directory: str, *, runner: Runner) -> str:
    if not os.path.isfile(f"{bin_directory}/pg_config"):
        return ""
    result = runner.run([f"{bin_directory}/pg_config", "--configure"], check=False)
    # Meson's options are written -Dzstd=enabled, and are missing where it decided by itself.
    return "" if "-D" in result.stdout and "--with" not in result.stdout else result.stdout


__all__ = ("built_in_compressions", "has_icu")
