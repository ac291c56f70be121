# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The port to what only root can do: by asking the root process that started this one, or not at all."""

from __future__ import annotations

import errno
import os
from abc import ABC, abstractmethod
from typing import Any

CONTROL_SERVICE = "control-service"
GIVE_DIRECTORY = "give-directory"
KEEP_GUARD = "keep-guard"
MAKE_DIRECTORY = "make-directory"
MAKE_LOCK = "make-lock"
REMOVE_DIRECTORY = "remove-directory"
REMOVE_FILE = "remove-file"
RENAME = "rename"
REPLACE_CONFIGURATION = "replace-configuration"
SERVICE_JOURNAL = "service-journal"
START_SERVER = "start-server"
TELL = "tell"
WRITE_FILE = "write-file"


class Root(ABC):
    """Asks for one of the operations above, with plain values as arguments by name."""

    @abstractmethod
    def ask(self, operation: str, **arguments: Any) -> Any:
        """What the operation returns. Raises what it raises."""


class NoRoot(Root):
    """There is nobody to ask: this process has the rights that it has."""

    def ask(self, operation: str, **arguments: Any) -> Any:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), arguments.get("path"))


class _Present:
    """As the user ids, this belongs to the process."""

    root: Root = NoRoot()


def ask_root(operation: str, **arguments: Any) -> Any:
    """Ask whoever may do it for this process. Raises what the operation raises, OSError among it."""
    return _Present.root.ask(operation, **arguments)


def has_root() -> bool:
    """Whether there is a root process that can be asked."""
    return not isinstance(_Present.root, NoRoot)


def use_root(root: Root) -> None:
    """Ask this one from now on."""
    _Present.root = root


__all__ = (
    "CONTROL_SERVICE",
    "GIVE_DIRECTORY",
    "KEEP_GUARD",
    "MAKE_DIRECTORY",
    "MAKE_LOCK",
    "REMOVE_DIRECTORY",
    "REMOVE_FILE",
    "RENAME",
    "REPLACE_CONFIGURATION",
    "SERVICE_JOURNAL",
    "START_SERVER",
    "TELL",
    "WRITE_FILE",
    "NoRoot",
    "Root",
    "ask_root",
    "has_root",
    "use_root",
)
