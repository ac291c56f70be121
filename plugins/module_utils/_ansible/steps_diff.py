# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diff of a module that carries out a plan: its files before and after, and every other step in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from .._core.host.file_step import FileState, MakeDirectory, RemoveFile, WriteFile


def steps_diff(
    steps: Iterable[object],
    *,
    present: Mapping[str, FileState | None] | None = None,
    secret_paths: Collection[str] = (),
) -> dict[str, str]:
    """The plan as texts ``before`` and ``after``; ``present`` is what lies at the paths of its files now.

    Of the files at ``secret_paths`` nothing is shown but that they change.
    """
    before, after = [], []
    for step in steps:
        if not isinstance(step, (MakeDirectory, RemoveFile, WriteFile)):
            after.append(f"{step}\n")
            continue
        state = (present or {}).get(step.path)
        if state is not None:
            before.append(
                f"{step.path} (mode {state.mode:04o})\n{_shown(state.content, is_secret=step.path in secret_paths)}"
            )
        if isinstance(step, WriteFile):
            after.append(
                f"{step.path} (mode {step.mode:04o})\n{_shown(step.content, is_secret=step.path in secret_paths)}"
            )
        elif isinstance(step, MakeDirectory):
            after.append(f"{step.path}/ (mode {step.mode:04o})\n")
    return {"before": "".join(before), "after": "".join(after)}


def _shown(content: bytes | None, *, is_secret: bool) -> str:
    """A file's lines; a program is described."""
    if content is None:
        return ""
    if is_secret:
        return "  credentials, which are not shown\n"
    if content.startswith(b"#!"):
        return f"  program of {len(content)} bytes\n"
    return "".join(f"  {line}\n" for line in content.decode("utf-8", "replace").splitlines())


__all__ = ("steps_diff",)
