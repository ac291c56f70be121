# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX's rules, by which the kit is checked, notice what AWX would refuse."""

from __future__ import annotations

import pytest
from awx_rules import faults_of_rrule, faults_of_survey, refusals_of_answers

QUESTION = {"type": "text", "question_name": "Moment", "variable": "pitr_x", "required": False}
CHOICE = {**QUESTION, "type": "multiplechoice", "choices": ["a", "b"]}
NUMBER = {**QUESTION, "type": "integer", "min": 1, "max": 9}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"type": "date"}, "no type 'date'"),
        ({"required": "yes"}, "required must be a bool"),
        ({"variable": None}, "variable must be a text"),
        ({"min": "1"}, "min must be a number"),
        ({"type": "multiplechoice"}, "choices must be texts"),
        ({"type": "multiplechoice", "choices": ["a"], "default": "b"}, "the default is no choice"),
        ({"type": "integer", "default": "7"}, "the default must be of the type integer"),
        ({"default": "$encrypted$"}, "$encrypted$ is reserved"),
    ],
)
def test_fault_of_a_question_is_found(change, fault):
    (found,) = faults_of_survey({"name": "a", "description": "", "spec": [{**QUESTION, **change}]})
    assert found.endswith(fault)


def test_question_that_is_asked_twice_is_found():
    survey = {"name": "a", "description": "", "spec": [QUESTION, QUESTION]}

    assert faults_of_survey(survey) == ["pitr_x is asked for twice"]
    assert faults_of_survey({**survey, "spec": [QUESTION]}) == []
    assert faults_of_survey({**survey, "spec": []}) == ["there must be questions"]
    assert faults_of_survey({"spec": [QUESTION]}) == ["name and description must be texts"]


@pytest.mark.parametrize(
    ("question", "answers", "refusals"),
    [
        (QUESTION, {}, []),
        (QUESTION, {"pitr_x": ""}, []),
        (QUESTION, {"pitr_y": ""}, ["pitr_y is not asked for"]),
        ({**QUESTION, "required": True}, {}, ["pitr_x is missing"]),
        ({**QUESTION, "min": 1}, {"pitr_x": ""}, ["pitr_x: '' is too small"]),
        ({**QUESTION, "max": 1}, {"pitr_x": "ab"}, ["pitr_x: 'ab' is too large"]),
        (QUESTION, {"pitr_x": 1}, ["pitr_x: 1 must be of the type text"]),
        (CHOICE, {"pitr_x": "a"}, []),
        (CHOICE, {"pitr_x": ""}, ["pitr_x: '' is no choice"]),
        (NUMBER, {"pitr_x": 9}, []),
        (NUMBER, {"pitr_x": 0}, ["pitr_x: 0 is too small"]),
        (NUMBER, {"pitr_x": 10}, ["pitr_x: 10 is too large"]),
        (NUMBER, {"pitr_x": ""}, ["pitr_x: '' must be of the type integer"]),
        (NUMBER, {"pitr_x": True}, ["pitr_x: True must be of the type integer"]),
    ],
)
def test_answer_that_awx_would_refuse_is_noticed(question, answers, refusals):
    assert refusals_of_answers({"spec": [question]}, answers) == refusals


@pytest.mark.parametrize(
    ("rrule", "faults"),
    [
        ("DTSTART:20260101T010000Z RRULE:FREQ=DAILY;INTERVAL=1", []),
        ("DTSTART;TZID=Europe/Helsinki:20260101T010000 RRULE:FREQ=DAILY;INTERVAL=1;COUNT=3", []),
        ("RRULE:FREQ=DAILY;INTERVAL=1", ["one DTSTART is needed"]),
        ("DTSTART:20260101T010000 RRULE:FREQ=DAILY;INTERVAL=1", ["DTSTART needs a time zone"]),
        ("DTSTART:20260101T010000Z RRULE:FREQ=DAILY", ["each rule needs INTERVAL"]),
        ("DTSTART:20260101T010000Z RRULE:FREQ=SECONDLY;INTERVAL=1", ["SECONDLY is not supported"]),
        ("DTSTART:20260101T010000Z RRULE:FREQ=MONTHLY;INTERVAL=1;BYDAY=20MO", ["BYDAY takes no number"]),
        ("DTSTART:20260101T010000Z RRULE:FREQ=DAILY;INTERVAL=1;COUNT=1000", ["COUNT is at most 999"]),
    ],
)
def test_rule_that_awx_would_refuse_is_noticed(rrule, faults):
    assert faults_of_rrule(rrule) == faults
