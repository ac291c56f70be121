# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job's guard as systemd would start it, on a machine without systemd."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.module_payload import COLLECTION, module_archive, plugin_loader
from support.restoring import Site


class Guard:
    """The guard of a job of this module with these options; its files are the cluster user's."""

    def __init__(self, site: Site, module: str, options: Mapping[str, Any]) -> None:
        plugin_loader()
        utils = f"ansible_collections.{COLLECTION}.plugins.module_utils"
        files = importlib.import_module(f"{utils}._ansible.worker.guard_files")
        act = getattr(importlib.import_module(f"{utils}._ansible.{module}"), f"guard_{module}")
        archive, _profile = module_archive(module, interpreter=sys.executable)
        self._site = site
        self.place = site.workbench.directory / "guards" / files.guard_name(str(site.cluster.data))
        self.place.mkdir(parents=True)
        (self.place / "guard.zip").write_bytes(files._with_main(archive, act))
        call = {"id": "1", "directory": str(site.cluster.data), "options": _complete(module, options)}
        (self.place / "call.json").write_text(json.dumps(call))
        for path in (self.place.parent, self.place):
            site.workbench.os_user.own(path)

    def start(self) -> subprocess.Popen[str]:
        """Its process, in a session of its own."""
        user = self._site.workbench.os_user
        return subprocess.Popen(
            [sys.executable, "-I", "-B", str(self.place / "guard.zip")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=user.environment({}),
            cwd="/",
            start_new_session=True,
            **user.popen_options(),  # type: ignore[call-overload]
        )

    def is_gone(self) -> bool:
        """Whether it has removed what it was kept with."""
        return not Path(self.place).exists()


class _SpecSeen(Exception):
    pass


def _complete(module: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with their defaults, as the module knows them."""
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    plugin = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{module}")
    seen: dict[str, Any] = {}

    def note(_action: Any, **given: Any) -> None:
        seen.update(given)
        raise _SpecSeen

    with pytest.MonkeyPatch.context() as patch, pytest.raises(_SpecSeen):
        patch.setattr(plugin, "run", note)
        plugin.main()
    validated = ArgumentSpecValidator(seen["argument_spec"]).validate(dict(options))
    assert not validated.error_messages, validated.error_messages
    found: dict[str, Any] = validated.validated_parameters
    return found
