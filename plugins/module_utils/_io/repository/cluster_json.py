# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading ``cluster.json`` at the speed that the archive and restore commands need."""

from __future__ import annotations

import os

from ..._core.errors import Damaged, InvalidInput, Unavailable
from ..._core.repository.cluster_document import check_document
from ..._core.repository.layout import CLUSTER_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def read_cluster_document(cluster_path: str) -> dict[str, Any]:
    """The checked content of a cluster folder's ``cluster.json``.

    Its presence is also the guard against a file system that is not mounted. Raises Unavailable
    (``repository-missing``), InvalidInput (``cluster-unknown``) when the repository is there and has other clusters
    only, Damaged (``identity-damaged``).
    """
    path = cluster_path + "/" + CLUSTER_FILE
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except FileNotFoundError:
        raise _absent(cluster_path) from None
    except OSError as error:
        raise Unavailable(
            f"cannot read '{path}': {error.strerror}",
            code="repository-not-readable",
            hint="The repository belongs to the user that PostgreSQL runs as; look at owner and mode of its folders.",
        ) from error
    try:
        document = parse_json(content.decode("utf-8"))
    except ValueError as error:
        raise Damaged(
            f"'{path}' is not JSON: {error}",
            code="identity-damaged",
            hint="Put back the file from a copy of the repository; do not let a cluster write there before.",
        ) from error
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


def _absent(cluster_path: str) -> Unavailable | InvalidInput:
    repository, name = os.path.split(cluster_path)
    try:
        others = sorted(
            entry for entry in os.listdir(repository) if os.path.exists(f"{repository}/{entry}/{CLUSTER_FILE}")
        )
    except OSError as error:
        return Unavailable(
            f"the repository '{repository}' is not there: {error.strerror}",
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
        f"the repository '{repository}' has no cluster '{name}' nor any other: '{cluster_path}/{CLUSTER_FILE}' is"
        " missing",
        code="repository-missing",
        hint="Mount its file system if it lies on one; the playbook 'archive' registers a new cluster.",
    )


__all__ = ("parse_json", "read_cluster_document")
