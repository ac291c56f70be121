# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes this checkout importable as `ansible_collections.pgfleet.pitr`, with or without Ansible, on Python 3.9 too."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
# A folder rather than modules made by hand: tests start programs of their own that import the collection as well.
IMPORT_FOLDER = Path(tempfile.mkdtemp(prefix="pitr-unit-"))


def pytest_configure(config: pytest.Config) -> None:
    # A shell's background job ignores SIGINT, and what nohup starts SIGHUP; so would whatever a test interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(IMPORT_FOLDER, ignore_errors=True)


IMPORT_FOLDER.chmod(0o755)
(IMPORT_FOLDER / "ansible_collections" / "pgfleet").mkdir(parents=True)
(IMPORT_FOLDER / "ansible_collections" / "pgfleet" / "pitr").symlink_to(CHECKOUT)
sys.path.insert(0, str(IMPORT_FOLDER))
