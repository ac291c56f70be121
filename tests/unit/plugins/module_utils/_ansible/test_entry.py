# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module's way in and out, in a process of its own, as Ansible calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.entry as entry_module

# The folder from which the collection is imported.
IMPORT_FOLDER = Path(entry_module.__file__).absolute().parents[6]
PROGRAM = """
import json
from ansible.module_utils import basic
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.entry import Outcome, run
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused

class Detailed(Refused):
    values = {"findings": [1]}

def action(request):
    if request.options["fails"]:
        raise Detailed("no 'x'", code="x-missing", hint="Make one.")
    if request.options["obeyed"]:
        return Outcome(False, {request.options["obeyed"]: {"host_name": "controller"}})
    given = {"name": request.options["name"], "check_mode": request.check_mode}
    return Outcome(True, given, diff={"before": "", "after": "x"}, warnings=("mind it",))

basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": ARGUMENTS}).encode()
basic._ANSIBLE_PROFILE = "legacy"
options = {"name": {"type": "str"}, "fails": {"type": "bool", "default": False}, "obeyed": {"type": "str"}}
run(action, argument_spec=options)
"""


def result_of(**arguments: Any) -> tuple[int, dict[str, Any]]:
    """The exit code and the result of the module."""
    program = PROGRAM.replace("ARGUMENTS", repr(arguments))
    argv = [sys.executable, "-B", "-c", program]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(IMPORT_FOLDER)})
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_outcome_becomes_the_result_and_an_empty_option_is_unset() -> None:
    rc, result = result_of(name="", _ansible_check_mode=True)

    assert (rc, result["changed"], result["name"], result["check_mode"]) == (0, True, None, True)
    assert (result["diff"], "mind it" in str(result["warnings"])) == ({"before": "", "after": "x"}, True)


def test_error_becomes_a_failure_with_code_hint_and_details() -> None:
    rc, result = result_of(fails=True)

    assert (rc, result["failed"], result["msg"]) == (1, True, "no 'x'")
    assert (result["code"], result["hint"], result["findings"]) == ("x-missing", "Make one.", [1])


def test_answer_that_ansible_would_obey_goes_no_further() -> None:
    """A worker that was taken over must not set variables, nor add hosts to the inventory."""
    for name in ("ansible_facts", "add_host", "_ansible_facts_cacheable"):
        rc, result = result_of(obeyed=name)
        assert (rc, result["code"], name in result) == (1, "answer-not-trusted", False)
