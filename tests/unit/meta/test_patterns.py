# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pattern under `extensions/patterns` is what would be generated, and what the schema of patterns asks for."""

from __future__ import annotations

import json
import re
from typing import Any

import awx_pattern
import pytest
from sources import text_of

# What the schema of patterns that ansible-lint has requires, and the longest texts that it allows.
REQUIRED = ("schema_version", "name", "title", "description", "short_description", "aap_resources")
REQUIRED_OF_QUESTION = {"type", "question_name", "question_description", "variable", "required"}
NAME = re.compile(r"[a-z0-9_]{1,64}")


@pytest.fixture
def pattern() -> Any:
    return json.loads(text_of(awx_pattern.PATTERN))


def test_pattern_is_as_it_would_be_generated():
    assert text_of(awx_pattern.PATTERN) == awx_pattern.text(), "run `make generate`"


def test_pattern_has_what_its_schema_requires(pattern):
    resources = pattern["aap_resources"]
    templates = resources["controller_job_templates"]

    assert all(isinstance(pattern[key], str) for key in REQUIRED[:-1])
    assert pattern["name"] == awx_pattern.PATTERN.parents[1].name and NAME.fullmatch(pattern["name"])
    assert len(pattern["title"]) <= 64 and not pattern["short_description"].endswith(".")
    assert all(isinstance(value, str) for value in resources["controller_project"].values())
    assert [one for one in templates if one.get("primary")] == templates[:1]
    assert {label for one in templates for label in one["labels"]} <= set(resources["controller_labels"])
    assert all(one["name"] and one["description"] and len(one["name"]) <= 200 for one in templates)
    playbooks = {path.name for path in (awx_pattern.PATTERN.parents[1] / "playbooks").iterdir()}
    assert {one["playbook"] for one in templates} <= playbooks


def test_questions_of_the_pattern_have_what_its_schema_requires(pattern):
    surveys = [one["survey"] for one in pattern["aap_resources"]["controller_job_templates"] if "survey" in one]

    assert surveys and all(set(one) == {"name", "description", "spec"} for one in surveys)
    for question in (question for one in surveys for question in one["spec"]):
        assert set(question) >= REQUIRED_OF_QUESTION and NAME.fullmatch(question["variable"])
        assert isinstance(question.get("default", ""), str)
        assert question["type"] != "multiplechoice" or question["choices"]
