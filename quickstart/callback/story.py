# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's output as a short story: one line for each task with what it did and how long it took."""

from __future__ import annotations

import textwrap
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: story
type: stdout
short_description: one line for each task, for people who watch
description:
  - Prints each task's name with its outcome and duration, and what it wants people to read.
"""

INDENT = "     "
WIDTH = 100


class CallbackModule(CallbackBase):
    """The callback that ansible-playbook loads by the name of this file."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "story"

    def __init__(self) -> None:
        super().__init__()
        self._started = time.monotonic()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._started = time.monotonic()

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self._started = time.monotonic()

    def v2_runner_on_ok(self, result: Any) -> None:
        facts = _of(result)
        if _action(result).endswith("debug"):
            self._show(facts.get("msg"))
            return
        if _action(result).endswith(
            (
                "include_tasks",
                "import_tasks",
                "include_role",
                "validate_argument_spec",
                "assert",
                "include_vars",
                "set_fact",
                "set_stats",
            )
        ):
            return
        self._line("changed" if facts.get("changed") else "ok", _name(result))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        facts = _of(result)
        self._line("FAILED", _name(result))
        for key in ("msg", "code", "hint", "module_stderr", "exception"):
            if facts.get(key):
                self._show(f"{key}: {facts[key]}")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._line("UNREACHABLE", _name(result))
        self._show(_of(result).get("msg"))

    def _line(self, state: str, name: str) -> None:
        seconds = time.monotonic() - self._started
        self._display.display(f"{INDENT}{state:<8} {name:<72} {seconds:5.1f} s", color=_COLORS.get(state))

    def _show(self, text: Any) -> None:
        lines = text if isinstance(text, list) else str(text or "").splitlines()
        for line in lines:
            for part in textwrap.wrap(str(line), WIDTH - len(INDENT) - 2, subsequent_indent="    ") or [""]:
                self._display.display(f"{INDENT}  {part}")


_COLORS = {"ok": "green", "changed": "yellow", "FAILED": "red", "UNREACHABLE": "red"}


def _name(result: Any) -> str:
    return str(_task(result).get_name()).rsplit(" : ", 1)[-1]


def _action(result: Any) -> str:
    return str(_task(result).action)


def _task(result: Any) -> Any:
    # The attribute lost its underscore in ansible-core 2.19.
    return getattr(result, "task", None) or result._task


def _of(result: Any) -> dict[str, Any]:
    return dict(getattr(result, "result", None) or result._result)
