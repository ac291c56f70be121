# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running ``pg_controldata``."""

from __future__ import annotations

from ..._core.postgres.control_data import ControlData
from ..host.runner import Runner


def read_control_data(data_directory: str, *, bin_directory: str, runner: Runner) -> ControlData:
    """What the tool says of the data directory, whether its server runs or not.

    Raises Failed (``command-failed``) in the tool's own words, Damaged (``control-data-unreadable``).
    """
    result = runner.run([f"{bin_directory}/pg_controldata", "-D", data_directory])
    return ControlData.parse(result.stdout)


__all__ = ("read_control_data",)
