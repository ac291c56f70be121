# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module writers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.repository.identity import RepositoryIdentity
from ..._core.repository.registration import sole_writer, withdrawn_by
from ..entry import Outcome, Request
from ..repository import folder_of, option_missing, repository_of


def writers(request: Request) -> Outcome:
    """Leave one writer. Raises Refused (``writer-unknown``, ``not-permitted``), InvalidInput (``option-missing``)."""
    options = request.options
    for name in ("hostname", "data_directory"):
        if not options[name]:
            raise option_missing(name, hint="Name the host and the data directory of the only cluster that may write.")
    folder = folder_of(options, repository=repository_of(options))
    present = folder.identity()
    wanted = _only(present, options)
    withdrawn = withdrawn_by(present, wanted)
    if withdrawn and not request.check_mode:
        folder.change_identity(lambda before: _only(before or present, options))
    diff = {"before": "".join(f"{each}\n" for each in withdrawn), "after": ""}
    return Outcome(bool(withdrawn), {"withdrawn": list(withdrawn)}, diff=diff)


def _only(identity: RepositoryIdentity, options: Mapping[str, Any]) -> RepositoryIdentity:
    return sole_writer(
        identity,
        hostname=options["hostname"],
        data_directory=options["data_directory"],
        machine_id=options["machine_id"],
    )


__all__ = ("writers",)
