# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what Ansible makes of a module to send to a host in a folder of several runs."""

from __future__ import annotations

import os
from typing import Any

from ansible import constants
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__

DOCUMENTATION = """
name: pitr_shared_payloads
type: notification
short_description: Share the archives of modules between runs
description:
  - Ansible makes an archive of each module once in a run, and takes one that is there already. The folder that
    E(PITR_SHARED_PAYLOADS) names takes the place of the run's own; its runs have to use the same collection.
"""


class CallbackModule(CallbackBase):
    """A plugin of this kind is there before the first task."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "pitr_shared_payloads"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        shared = os.environ.get("PITR_SHARED_PAYLOADS")
        if shared:
            folder = os.path.join(shared, __version__)
            os.makedirs(folder, exist_ok=True)
            # Where Ansible keeps them for one run, which removes the link and not the folder.
            os.symlink(folder, os.path.join(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache"))
