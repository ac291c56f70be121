# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading ``cluster.json`` at the speed that the archive and restore commands need."""

from __future__ import annotations

from ..._core.errors import InvalidInput, Unavailable
from ..._core.repository.cluster_document import check_document, damaged_document
from ..._core.repository.layout import CLUSTER_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..storage.port import Storage


# Thousands of writers.
_LIMIT_BYTES = 1 << 20


def read_cluster_document(storage: Storage) -> dict[str, Any]:
    """The checked content of a cluster folder's ``cluster.json``.

    Its presence is also the guard against a file system that is not mounted. Raises Unavailable
    (``repository-missing``), InvalidInput (``cluster-unknown``) when the repository is there and has other clusters
    only, Damaged (``identity-damaged``).
    """
    path = storage.address(CLUSTER_FILE)
    try:
        content = storage.read_all(CLUSTER_FILE, limit_bytes=_LIMIT_BYTES)
    except Unavailable as error:
        if error.code != "repository-missing":
            raise
        content = None
    if content is None:
        raise _absent(storage)
    try:
        document = parse_json(content.decode("utf-8"))
    except ValueError as error:
        raise damaged_document(path, f"is not JSON: {error}") from error
    return check_document(document, path=path)


def parse_json(text: str) -> Any:
    """The same as ``json.loads``, without importing ``json`` where the interpreter's own scanner is there.

    The import alone takes as long as starting the interpreter.
    """
    try:
        from _json import make_scanner
    except ImportError:
        import json

        return json.loads(text)
    settings: Any = _ScannerSettings
    stripped = text.strip(" \t\n\r")
    try:
        value, end = make_scanner(settings)(stripped, 0)
    except StopIteration as error:
        raise ValueError(f"no value at character {error.value}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if end != len(stripped):
        raise ValueError(f"something follows at character {end}")
    return value


class _ScannerSettings:
    """What ``json.JSONDecoder`` would hand to the scanner."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def cluster_names(repository: Storage) -> tuple[str, ...]:
    """The names of the clusters in a repository, sorted."""
    return tuple(sorted(name for name in repository.list() if _is_cluster(repository, name)))


def _is_cluster(repository: Storage, name: str) -> bool:
    try:
        return repository.stat(f"{name}/{CLUSTER_FILE}") is not None
    except Unavailable:
        # Another user's, such as lost+found.
        return False


def _absent(storage: Storage) -> Unavailable | InvalidInput:
    outer, name = storage.outside()
    repository = outer.address()
    try:
        others = cluster_names(outer)
    except Unavailable as error:
        return Unavailable(
            f"the repository '{repository}' is not there: {error.message}",
            code="repository-missing",
            hint="Mount or create it; the agent module and the playbook 'archive' create a repository.",
        )
    if others:
        return InvalidInput(
            f"the repository '{repository}' has no cluster '{name}'; it has {', '.join(others)}",
            code="cluster-unknown",
            hint="Check 'pitr_cluster_name'; the playbook 'archive' registers a new cluster.",
        )
    return Unavailable(
        f"the repository '{repository}' has no cluster '{name}' nor any other: '{storage.address(CLUSTER_FILE)}' is"
        " missing",
        code="repository-missing",
        hint="Mount its file system if it lies on one; the playbook 'archive' registers a new cluster.",
    )


__all__ = ("cluster_names", "parse_json", "read_cluster_document")
