# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching a WAL file from whichever of several repositories has it whole.

Imported only where there are several.
"""

from __future__ import annotations

import sys

from ..._core.errors import InvalidInput, PitrError, Unavailable
from ..._core.host.agent_config import is_required, other_repositories
from ..._io.postgres.control_file import present_identifier
from ..._io.repository.same_history import check_cluster, check_same_history
from ..._io.repository.storages import configured_storage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..._io.storage.port import Storage


def fetch_from_any(
    config: dict[str, str], *, cluster_name: str, name: str, fetch: Callable[[Storage, dict[str, str]], int]
) -> int:
    """The code of the first ``fetch`` that finds the file, in the order of the list.

    Where none does, the archive ends before it if a repository says so that is required: each of these has all that is
    archived. One that is away or is behind says nothing. A file that is damaged, or missing although later ones are
    there, is what is raised then; else why none could be asked.
    """
    identifier = present_identifier()
    failures: list[tuple[str, PitrError | OSError]] = []
    passed: list[tuple[str, Storage]] = []
    has_ended = False
    for one in (config, *other_repositories(config)):
        repository, storage = one["repository_name"], configured_storage(one, name=cluster_name)
        try:
            check_cluster(storage, identifier=identifier)
            for _earlier, other in passed:
                check_same_history(other, storage, name=name)
            code = fetch(storage, one)
        except (PitrError, OSError) as error:
            failures.append((repository, error))
            if not _is_away(error):
                passed.append((repository, storage))
            continue
        if code == 0:
            if failures or passed:
                _tell(name, repository, failures)
            return 0
        passed.append((repository, storage))
        has_ended = has_ended or is_required(one)
    for _repository, failure in failures:
        if not _is_away(failure):
            raise failure
    if has_ended:
        return 1
    raise failures[0][1]


def _is_away(error: PitrError | OSError) -> bool:
    """Whether the repository could not be asked, or has nothing of the cluster yet.

    A file that is there and cannot be read or decrypted is not the end of the archive.
    """
    if isinstance(error, Unavailable):
        return error.code.startswith("repository-") and error.code != "repository-not-readable"
    return isinstance(error, InvalidInput) and error.code == "cluster-unknown"


def _tell(name: str, repository: str, failures: list[tuple[str, PitrError | OSError]]) -> None:
    """Into the server's log, where the restored segments are told of."""
    why = "; ".join(f"'{where}': {_message(error)}" for where, error in failures) or "it is missing in those before it"
    sys.stderr.write(f"pgpitr: '{name}' comes from the repository '{repository}': {why}\n")


def _message(error: PitrError | OSError) -> str:
    return " ".join((error.message if isinstance(error, PitrError) else str(error)).split())


__all__ = ("fetch_from_any",)
