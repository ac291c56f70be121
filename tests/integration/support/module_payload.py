# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules packed as Ansible packs them: the AnsiballZ program, built by ansible-core itself."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from support.places import collections_path

COLLECTION = "pgfleet.pitr"


def payload(name: str, arguments: Mapping[str, Any], *, interpreter: str) -> bytes:
    """The program that Ansible would copy to a host for this call of a module of the collection."""
    from ansible.executor.module_common import modify_module

    path, full_name = _locate(name)
    known = {
        "module_name": full_name,
        "module_path": path,
        "module_args": dict(arguments),
        "templar": _templar(),
        "task_vars": {"ansible_python_interpreter": interpreter, "ansible_playbook_python": sys.executable},
        "module_compression": "ZIP_STORED",
    }
    wanted = inspect.signature(modify_module).parameters
    built = modify_module(**{key: value for key, value in known.items() if key in wanted})
    # ansible-core 2.19 returns an object, older versions a tuple.
    return bytes(getattr(built, "b_module_data", None) or built[0])


@cache
def _loader() -> Any:
    # The path counts only before ansible is imported: that is why nothing of ansible is imported at the top.
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(collections_path())
    from ansible.plugins.loader import init_plugin_loader, module_loader

    init_plugin_loader([])
    return module_loader


@cache
def _locate(name: str) -> tuple[str, str]:
    found = _loader().find_plugin_with_context(f"{COLLECTION}.{name}", collection_list=[])
    if not found.resolved:
        raise AssertionError(f"module {COLLECTION}.{name} is not in the collection at {collections_path()}")
    return found.plugin_resolved_path, found.resolved_fqcn


@cache
def _templar() -> Any:
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar

    return Templar(DataLoader())
