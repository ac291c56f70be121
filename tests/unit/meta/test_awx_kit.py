# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kit under `extensions/awx`: AWX takes its surveys, roles take the answers, and each playbook has a template."""

from __future__ import annotations

import re
from typing import Any

import awx_kit
import pytest
from awx_rules import faults_of_rrule, faults_of_survey, refusals_of_answers
from role_files import ROLE_NAMES, load
from sources import CHECKOUT, ROLES, playbooks, yaml_files

TEMPLATES = awx_kit.templates()
WORKFLOWS = awx_kit.workflows()
QUESTIONS = awx_kit.data("questions")
SPECS = [
    entry_point["options"]
    for role in ROLE_NAMES
    for entry_point in load(ROLES / role / "meta" / "argument_specs.yml")["argument_specs"].values()
]
WRAPPERS = CHECKOUT / "extensions" / "patterns" / "pitr" / "playbooks"
# What an inventory says, and not whoever launches a job.
NEVER_ASKED = re.compile(r"pitr_(repository|cluster|agent)_|pitr_backup_(keep_|expire|timer_)|pitr_repositories")


def option_of(variable: str) -> dict[str, Any]:
    """A variable as the argument spec of a role, at whichever of its entry points, has it."""
    found: list[dict[str, Any]] = [spec[variable] for spec in SPECS if variable in spec]
    assert found, f"no role has {variable}"
    return found[0]


def imported_by(wrapper: str) -> str:
    """The collection's playbook that a template's playbook imports."""
    key = "ansible.builtin.import_playbook"
    (name,) = [play[key] for play in load(WRAPPERS / wrapper) if key in play]
    return str(name).rpartition(".")[2]


def test_each_playbook_has_a_template_and_each_template_a_playbook():
    wrappers = {path.name for path in yaml_files(WRAPPERS)}

    assert {one["playbook"] for one in TEMPLATES} == wrappers
    assert {imported_by(name) for name in wrappers} == {path.stem for path in playbooks()}
    assert all(len(one["name"]) <= 200 for one in TEMPLATES)


@pytest.mark.parametrize("template", [*TEMPLATES, *WORKFLOWS], ids=lambda one: one["name"])
def test_survey_is_one_that_awx_takes(template):
    assert template["survey"] == {} or faults_of_survey(template["survey"]) == []


@pytest.mark.parametrize("variable", QUESTIONS)
def test_question_is_about_a_variable_whose_role_takes_every_answer(variable):
    question, option = QUESTIONS[variable], option_of(variable)

    assert question["variable"] == variable
    # Numbers and yes or no arrive as text, and an answer that was left empty as the empty text.
    assert option["type"] == "raw" or (option["type"] == "str" and question["type"] != "integer")
    chosen = set(question.get("choices", []))
    if "choices" in option:
        assert chosen == set(option["choices"]) - {""}
    elif chosen:
        assert chosen == {"true", "false"}, "only a switch has choices that its spec does not tell"


@pytest.mark.parametrize("variable", QUESTIONS)
def test_no_question_takes_the_place_of_what_the_inventory_says(variable):
    """AWX sends a default also when nobody was asked."""
    assert "default" not in QUESTIONS[variable]
    assert not NEVER_ASKED.match(variable)
    assert not option_of(variable).get("no_log"), "a secret comes by a credential"


def test_every_question_is_asked_by_a_template():
    asked = {question["variable"] for one in TEMPLATES for question in one["survey"].get("spec", [])}

    assert asked == set(QUESTIONS)


def test_template_that_plans_is_a_rehearsal_and_asks_what_a_workflow_asks():
    (plan,) = [one for one in TEMPLATES if one["playbook"] == "plan.yml"]
    guard = load(WRAPPERS / "plan.yml")[0]["tasks"][0]

    assert plan["job_type"] == "check" and guard["ansible.builtin.assert"]["that"] == "ansible_check_mode"
    assert [one for one in TEMPLATES if one.get("job_type") == "check"] == [plan]
    assert all(one["survey"]["spec"] == plan["survey"]["spec"] for one in WORKFLOWS)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda one: one["name"])
def test_nodes_of_a_workflow_are_templates_and_lead_to_one_another(workflow):
    nodes = {node["identifier"]: node for node in workflow["nodes"]}
    names = {one["name"] for one in TEMPLATES}
    edges = {
        (name, kind): [after["identifier"] for after in following]
        for name, node in nodes.items()
        for kind, following in node.get("related", {}).items()
    }
    wanted = [node["unified_job_template"] for node in nodes.values()]

    assert len(nodes) == len(workflow["nodes"])
    assert {one["name"] for one in wanted if one["type"] == "job_template"} - names <= {
        "{{ pitr_awx_checks_template }}"
    }
    assert awx_kit.setting("checks_template") in names
    reached = {name for following in edges.values() for name in following}
    assert set(nodes) - reached == {"plan"} and reached <= set(nodes)


def test_what_is_restored_but_not_promoted_is_put_back_wherever_the_workflow_fails():
    steps = {node["identifier"]: node.get("related", {}) for node in WORKFLOWS[-1]["nodes"]}
    guarded = {name for name, related in steps.items() if related.get("failure_nodes") == [{"identifier": "put_back"}]}

    assert guarded == {"pause", "checks", "approve_promotion", "promote"}
    put_back = load(WRAPPERS / "put_back.yml")
    assert put_back[0]["vars"]["pitr_restore_rollback_unpromoted_only"] is True
    # AWX forgets a failure that a node follows.
    assert "ansible.builtin.fail" in put_back[-1]["tasks"][0] and steps["put_back"] == {}


@pytest.mark.parametrize("schedule", awx_kit.data("schedules"), ids=lambda one: one["name"])
def test_schedule_launches_a_template_that_needs_no_answer(schedule):
    (template,) = [one for one in TEMPLATES if one["name"] == schedule["template"]]

    assert faults_of_rrule(schedule["rrule"]) == []
    assert refusals_of_answers(template["survey"], {}) == []


@pytest.mark.parametrize("kind", awx_kit.data("credential_types"), ids=lambda one: one["name"])
def test_credential_type_injects_each_of_its_fields_into_a_variable_of_a_role(kind):
    fields = {one["id"]: one for one in kind["inputs"]["fields"]}
    injected = kind["injectors"]["extra_vars"]

    assert set(kind["inputs"]["required"]) == set(fields)
    assert {f"{{{{ {name} }}}}" for name in fields} == set(injected.values())
    assert all(option_of(variable)["type"] == "str" for variable in injected)
    assert any(one.get("secret") for one in fields.values())
    allowed = {"id", "label", "help_text", "type", "secret", "multiline"}
    assert all(set(one) <= allowed and {"id", "label"} <= set(one) for one in fields.values())
