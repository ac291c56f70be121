# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every task's result as a line of JSON, beside the output that a person reads."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: pitr_results
type: notification
short_description: Record task results for the integration tests
description:
  - Appends one JSON object per task result, and one for the recap, to the file that E(PITR_RESULTS_FILE) names.
"""


class CallbackModule(CallbackBase):
    """Ansible's callback interface names the methods."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "pitr_results"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: Any, **_more: Any) -> None:
        self._record(result, "ok")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False, **_more: Any) -> None:
        self._record(result, "failed", ignored=ignore_errors)

    def v2_runner_on_skipped(self, result: Any, **_more: Any) -> None:
        self._record(result, "skipped")

    def v2_runner_on_unreachable(self, result: Any, **_more: Any) -> None:
        self._record(result, "unreachable")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        recap = {host: stats.summarize(host) for host in sorted(stats.processed)}
        self._write({"event": "stats", "recap": recap, "custom": dict(stats.custom)})

    def _record(self, result: Any, status: str, ignored: bool = False) -> None:
        task = result.task if hasattr(result, "task") else result._task
        host = result.host if hasattr(result, "host") else result._host
        answer = result.result if hasattr(result, "result") else result._result
        name = task.get_name()
        line = {"event": "task", "host": host.get_name(), "task": name, "action": task.action, "status": status}
        self._write({**line, "ignored": ignored, "result": answer})

    @staticmethod
    def _write(event: dict[str, Any]) -> None:
        with open(os.environ["PITR_RESULTS_FILE"], "a", encoding="utf-8") as stream:
            stream.write(json.dumps(event, default=str) + "\n")
