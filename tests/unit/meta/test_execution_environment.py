# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment, as ansible-builder reads it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sources import CHECKOUT

DEFINITION = CHECKOUT / "extensions" / "patterns" / "pitr" / "execution_environments" / "execution-environment.yml"

pytest.importorskip("ansible_builder")


def build(*arguments: str) -> str:
    argv = [sys.executable, "-m", "ansible_builder", *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_definition_is_one_that_a_context_is_made_of(tmp_path):
    # What it is called by default hangs on which of podman and docker the host has.
    build("create", "-f", str(DEFINITION), "-c", str(tmp_path / "context"), "--output-filename", "Containerfile")

    assert "ansible-core" in (tmp_path / "context" / "Containerfile").read_text()
    assert "pgfleet.pitr" in (tmp_path / "context" / "_build" / "requirements.yml").read_text()


def test_collection_says_what_an_environment_with_it_needs(tmp_path):
    collection = tmp_path / "ansible_collections" / "pgfleet" / "pitr"
    for name in ("galaxy.yml", "meta/execution-environment.yml", "requirements.txt", "bindep.txt"):
        (collection / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / Path(name), collection / name)
    found = yaml.safe_load(build("introspect", str(tmp_path)))

    assert "openssh-client [platform:dpkg]  # from collection pgfleet.pitr" in found["system"] and found["python"] == []
