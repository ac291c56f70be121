# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The artifact that a run of a playbook has left, and what it printed of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def result_of(run: Any) -> Mapping[str, Any]:
    """The artifact; that the run left no other one, and printed it in 100 columns."""
    assert set(run.custom_stats) == {"_run"} and set(run.custom_stats["_run"]) == {"pitr_result"}
    assert all(len(line) <= 100 for line in shown(run)), run.stdout
    result: Mapping[str, Any] = run.custom_stats["_run"]["pitr_result"]
    return result


def shown(run: Any) -> list[str]:
    """The lines of the table, of every batch."""
    return table_in(run.stdout)


def table_in(output: str) -> list[str]:
    """The lines of the table in what was printed."""
    parts = output.split("TASK [Show the result]")[1:]
    return [line for part in parts for line in part.partition("PLAY ")[0].splitlines()[1:]]


def record_of(run: Any, host: str) -> Mapping[str, Any]:
    """What the artifact of a run that succeeded says of a host."""
    result = result_of(run)
    record: Mapping[str, Any] = result["clusters"][host]
    assert result["ok"] and record["status"] == "ok" and record["seconds"] > 0 and record["done"], record
    return record
