# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Some seconds of `make fuzz`, whose readers get other files with each seed; and that it would notice a fault."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sources import CHECKOUT

PROGRAM = CHECKOUT / "tests" / "fuzz" / "fuzz.py"
SECONDS = "6"
# As parts of a program that takes a check away before it fuzzes.
UTILS = "ansible_collections.pgfleet.pitr.plugins.module_utils"


def test_changed_files_end_in_known_errors_only(tmp_path: Path) -> None:
    argv = [sys.executable, "-B", str(PROGRAM), "--seconds", SECONDS, "--kept", str(tmp_path / "kept")]
    result = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 faults" in result.stdout
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(("parser", "target"), [("text_of", "record"), ("inner", "archive, changed inside")])
def test_a_reader_that_forgets_a_check_is_noticed(parser: str, target: str, tmp_path: Path) -> None:
    patch = {
        "text_of": f"import {UTILS}._core.catalogue.record as record\n"
        "record.text_of = lambda value, what, **_more: value",
        "inner": f"import {UTILS}._io.stream.tar_extract as extract\n"
        "extract.TarExtract.inner = lambda self, name: name\n"
        f"import {UTILS}._core.backup.tar_limits as limits\n"
        "limits.TarLimits.check = lambda self, header, **_more: None",
    }[parser]
    script = tmp_path / "broken.py"
    script.write_text(
        f"import sys, tempfile\nfrom pathlib import Path\nsys.path.insert(0, {str(PROGRAM.parent)!r})\nimport fuzz\n"
        f"fuzz.make_importable(Path(tempfile.mkdtemp(dir={str(tmp_path)!r})))\n{patch}\nsys.exit(fuzz.main())\n",
        encoding="utf-8",
    )
    argv = [sys.executable, "-B", str(script), "--only", target, "--count", "300", "--kept", str(tmp_path / "kept")]
    result = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=280)

    assert result.returncode == 1, result.stdout + result.stderr
    assert "FAULT" in result.stdout


def test_make_fuzzes_with_what_its_caller_left_empty() -> None:
    """As the Makefile exports it: FUZZ_SECONDS alone was given."""
    script = (
        f"import sys\nsys.path.insert(0, {str(CHECKOUT / 'tests' / 'tools' / 'build')!r})\n"
        "import pytest_runs\nfrom unittest.mock import MagicMock\n"
        "context = MagicMock(caller={'FUZZ_SECONDS': '5', 'FUZZ_SEED': ''})\n"
        "pytest_runs.fuzz(context)\nprint(*context.run.call_args.args[1][-4:])"
    )
    result = subprocess.run([sys.executable, "-B", "-c", script], capture_output=True, text=True, check=False)
    assert result.stdout.strip() == "--seconds 5 --seed 1", result.stderr
