# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX refuses of surveys, answers and schedules.

Written after `JobTemplateSurveySpec` in awx/api/views/__init__.py, `SurveyJobTemplateMixin` in
awx/main/models/mixins.py and `SchedulePreviewSerializer` in awx/api/serializers.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_TYPES: Mapping[str, Any] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": (str, float),
}
# In place of the answer that AWX has encrypted.
_RESERVED = "$encrypted$"


def faults_of_survey(survey: Mapping[str, Any]) -> list[str]:
    """What AWX would refuse of a survey, in sentences."""
    spec = survey.get("spec")
    if not all(isinstance(survey.get(key), str) for key in ("name", "description")):
        return ["name and description must be texts"]
    if not isinstance(spec, list) or not spec:
        return ["there must be questions"]
    variables = [question.get("variable") for question in spec]
    doubled = sorted({str(one) for one in variables if variables.count(one) > 1})
    faults = [f"{one.get('variable')}: {fault}" for one in spec for fault in _faults_of_question(one)]
    return [*(f"{name} is asked for twice" for name in doubled), *faults]


def _faults_of_question(question: Mapping[str, Any]) -> Iterator[str]:
    kind = question.get("type")
    if kind not in _TYPES:
        yield f"no type {kind!r}"
        return
    for key in ("question_name", "variable"):
        if not isinstance(question.get(key), str):
            yield f"{key} must be a text"
    if not isinstance(question.get("required"), bool):
        yield "required must be a bool"
    for key in ("min", "max"):
        if not isinstance(question.get(key, 0), int):
            yield f"{key} must be a number"
    choices = question.get("choices")
    if kind.startswith("multi") and (not isinstance(choices, list) or not all(isinstance(one, str) for one in choices)):
        yield "choices must be texts"
    default = question.get("default", "")
    if default != "":
        yield from _faults_of_default(default, kind=kind, choices=choices or ())


def _faults_of_default(default: Any, *, kind: str, choices: Sequence[str]) -> Iterator[str]:
    if not isinstance(default, _TYPES[kind]):
        yield f"the default must be of the type {kind}"
    if default == _RESERVED:
        yield f"{_RESERVED} is reserved"
    if kind == "multiplechoice" and default not in choices:
        yield "the default is no choice"


def refusals_of_answers(survey: Mapping[str, Any], answers: Mapping[str, Any]) -> list[str]:
    """What AWX would refuse of the answers to a survey at launch: those of wrong questions, too."""
    questions = {question["variable"]: question for question in survey.get("spec", [])}
    unasked = [f"{name} is not asked for" for name in answers if name not in questions]
    missing = [f"{name} is missing" for name, one in questions.items() if one["required"] and name not in answers]
    given = [(questions[name], answer) for name, answer in answers.items() if name in questions]
    wrong = [f"{one['variable']}: {fault}" for one, answer in given for fault in _faults_of_answer(one, answer)]
    return [*unasked, *missing, *wrong]


def _faults_of_answer(question: Mapping[str, Any], answer: Any) -> Iterator[str]:
    """An answer that was left empty is none for AWX where it is a text; a choice or a number cannot be empty."""
    kind = question["type"]
    if kind == "multiplechoice":
        if answer not in question["choices"]:
            yield f"{answer!r} is no choice"
        return
    # True is a number to Python, and none to AWX.
    if isinstance(answer, bool) or not isinstance(answer, int if kind == "integer" else str):
        yield f"{answer!r} must be of the type {kind}"
        return
    size = answer if kind == "integer" else len(answer)
    if size < question.get("min", size):
        yield f"{answer!r} is too small"
    if size > question.get("max", size):
        yield f"{answer!r} is too large"


def faults_of_rrule(rrule: str) -> list[str]:
    """What AWX would refuse of the rule of a schedule."""
    rules = re.findall(r"RULE:\S*", rrule)
    starts = re.findall(r"DTSTART(?:;[^:]+)?:[0-9]+T[0-9]+Z?", rrule)
    checks = {
        "one DTSTART is needed": len(starts) == 1,
        "DTSTART needs a time zone": not re.search(r"DTSTART:[0-9]+T[0-9]+ ", rrule),
        "a rule is needed": bool(rules),
        "EXDATE and RDATE are not allowed": not re.search(r"(EX|R)DATE:", rrule, re.IGNORECASE),
        "each rule needs INTERVAL": all("INTERVAL" in rule for rule in rules),
        "SECONDLY is not supported": "SECONDLY" not in rrule,
        "BYDAY takes no number": not re.search(r"BYDAY[:=][0-9]+[A-Za-z]{2}", rrule),
        "COUNT and UNTIL exclude each other": not any("COUNT" in rule and "UNTIL" in rule for rule in rules),
        "COUNT is at most 999": all(int(count) <= 999 for count in re.findall(r"COUNT=([0-9]+)", rrule)),
    }
    return [fault for fault, holds in checks.items() if not holds]
