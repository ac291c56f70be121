# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directories that have to be there, and belong to the cluster's user, before a restore writes into them."""

from __future__ import annotations

import os

from ..._core.restore.placement import Placement
from ..absent.elsewhere import Elsewhere
from ..absent.elsewhere_files import make_place
from .sibling_directories import make_directory, own_directory


def make_places(elsewhere: Elsewhere) -> None:
    """The directories that have to be there on a host which never had the cluster, before anything is put into them.

    Raises Unavailable (``write-failed``), Refused (``place-not-trusted``).
    """
    make_directory(os.path.dirname(elsewhere.cluster.data_directory))
    if elsewhere.configuration_directory is not None:
        make_place(elsewhere.configuration_directory)


def own_places(placement: Placement) -> None:
    """Take over the empty directories of root's, or the new file systems, that wait for a lost cluster.

    What stays is written into from the beginning; another could not be removed later, when it was set aside.
    """
    for directory in (placement.directory, *placement.by_entries) if placement.is_lost else ():
        if os.path.isdir(directory) and os.stat(directory).st_uid != os.geteuid():
            own_directory(directory)


__all__ = ("make_places", "own_places")
