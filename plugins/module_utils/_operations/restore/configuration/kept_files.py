# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files inside a data directory that its server reads by name today, and that the restored one has to have as well."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator

from ...._core.postgres.cluster import Cluster
from ...._core.postgres.hba_references import DIRECTORY, hba_references
from ...._core.postgres.settings import FILE_SETTINGS
from ...._io.host.files import list_directory, read_text
from ...._io.host.runner import Runner
from ...._io.postgres.configured_settings import configured_values


def named_files(cluster: Cluster, *, runner: Runner) -> tuple[str, ...]:
    """What settings, ``pg_hba.conf`` and ``pg_ident.conf`` name, wherever it lies: files, and directories of files.

    Raises Failed (``configuration-invalid``).
    """
    values = configured_values(cluster, FILE_SETTINGS, runner=runner).values()
    by_settings = [os.path.join(cluster.data_directory, value.removeprefix("FILE:")) for value in values if value]
    by_hba = [path for source in (cluster.hba_file, cluster.ident_file) for path in _named_in(source, seen=())]
    return tuple(dict.fromkeys((*by_settings, *by_hba)))


def keep_files(paths: Iterable[str], *, cluster: Cluster, to: str) -> None:
    """Give the directory ``to`` those of the paths that lie in the data directory, as they are there today.

    A link stays a link, and what it leads to goes along if that is in the data directory, too. A directory comes to
    have today's files only. What is not there today is not taken away.
    """
    data = os.path.realpath(cluster.data_directory)
    done: set[str] = set()
    pending = [os.path.abspath(path) for path in paths]
    while pending:
        path = _inside(pending.pop(), directories=(data, os.path.abspath(cluster.data_directory)))
        if path is None or path in done:
            continue
        done.add(path)
        link = _first_link(path, data=data)
        if link is not None:
            _copy_link(f"{data}/{link}", f"{to}/{link}")
            target = os.path.join(os.path.dirname(f"{data}/{link}"), os.readlink(f"{data}/{link}"))
            pending.append(os.path.normpath(f"{target}{path[len(link) :]}"))
        elif os.path.isdir(f"{data}/{path}"):
            _make_parent(f"{to}/{path}")
            _replace_directory(f"{to}/{path}")
            done.difference_update([each for each in done if each.startswith(f"{path}/")])
            pending += [f"{data}/{path}/{name}" for name in os.listdir(f"{data}/{path}")]
        elif os.path.exists(f"{data}/{path}"):
            _copy_file(f"{data}/{path}", f"{to}/{path}")


def _named_in(path: str, *, seen: tuple[str, ...]) -> Iterator[str]:
    """The files that one names, and those that these name."""
    if path in seen:
        return
    text = read_text(path) if os.path.isfile(path) else None
    for each in hba_references(text or ""):
        named = os.path.join(os.path.dirname(path), each.path)
        yield named
        inner = [named]
        if each.kind == DIRECTORY:
            inner = [f"{named}/{name}" for name in sorted(list_directory(named)) if name.endswith(".conf")]
            yield from inner
        for file in inner:
            yield from _named_in(file, seen=(*seen, path))


def _inside(path: str, *, directories: tuple[str, str]) -> str | None:
    """The path relative to the data directory, which has two names where a link leads to it; ``None``: outside."""
    for directory in directories:
        if path.startswith(f"{directory}/"):
            return path[len(directory) + 1 :]
    return None


def _first_link(path: str, *, data: str) -> str | None:
    """The first part of the relative path that is a link; ``None``: none is."""
    parts = path.split("/")
    prefixes = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((prefix for prefix in prefixes if os.path.islink(f"{data}/{prefix}")), None)


def _make_parent(path: str) -> None:
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)


def _replace_directory(path: str) -> None:
    """An empty directory for today's files; subdirectories of the backup's stay."""
    if os.path.islink(path) or (os.path.exists(path) and not os.path.isdir(path)):
        os.unlink(path)
    os.makedirs(path, mode=0o700, exist_ok=True)
    for name in os.listdir(path):
        if os.path.islink(f"{path}/{name}") or not os.path.isdir(f"{path}/{name}"):
            os.unlink(f"{path}/{name}")


def _copy_link(source: str, destination: str) -> None:
    _make_parent(destination)
    if os.path.isdir(destination) and not os.path.islink(destination):
        shutil.rmtree(destination)
    elif os.path.lexists(destination):
        os.unlink(destination)
    os.symlink(os.readlink(source), destination)


def _copy_file(source: str, destination: str) -> None:
    _make_parent(destination)
    if os.path.islink(destination):
        os.unlink(destination)
    shutil.copy2(source, destination)


__all__ = ("keep_files", "named_files")
