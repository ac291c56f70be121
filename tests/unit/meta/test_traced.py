# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root does in every playbook and every module is seen by the scenario `attacks`, and is on its lists."""

from __future__ import annotations

import ast

from role_files import load
from sources import CHECKOUT, MODULES, playbooks, python_files

SCENARIO = CHECKOUT / "molecule" / "attacks"
LISTS = SCENARIO / "tests" / "test_root_traced.py"
# Ansible's own, which the playbooks run.
OTHERS = {"setup"}


def traced_playbooks() -> set[str]:
    """Those that run with a Python that is traced."""
    plays = [play for name in ("converge", "side_effect") for play in load(SCENARIO / f"{name}.yml")]
    books = [play for play in plays if "ansible.builtin.import_playbook" in play]
    return {
        play["ansible.builtin.import_playbook"].rpartition(".")[2]
        for play in books
        if play.get("vars", {}).get("ansible_python_interpreter") == "{{ traced_python }}"
    }


def modules_with_a_list() -> set[str]:
    """The keys of the dict with the lists."""
    for node in ast.parse(LISTS.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            return {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
    raise AssertionError(f"no lists in {LISTS}")


def test_every_playbook_is_traced():
    assert traced_playbooks() == {path.stem for path in playbooks()}


def test_every_module_has_a_list_of_roots_deeds():
    assert modules_with_a_list() == {path.stem for path in python_files(MODULES)} | OTHERS
