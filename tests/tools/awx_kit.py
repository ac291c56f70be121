# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kit for AWX as data: its templates, with the surveys that `playbooks/tasks/awx/templates.yml` makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]


class _Loader(yaml.SafeLoader):
    """A loader that knows Ansible's mark for what is no template."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def data(name: str, *, collection: Path = CHECKOUT) -> Any:
    """What a file of the kit says, such as `workflows`; Ansible's templates in it are left as they are."""
    text = (collection / "extensions" / "awx" / f"{name}.yml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=_Loader)[f"pitr_awx_{name}"]


def setting(name: str, *, collection: Path = CHECKOUT) -> Any:
    """The default of one of the settings, such as `checks_template`."""
    text = (collection / "extensions" / "awx" / "settings.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)[f"pitr_awx_{name}"]


def templates(*, collection: Path = CHECKOUT) -> list[dict[str, Any]]:
    """The job templates, each with its survey, empty where nothing is asked."""
    questions = data("questions", collection=collection)
    return [_surveyed(one, questions) for one in data("job_templates", collection=collection)]


def workflows(*, collection: Path = CHECKOUT) -> list[dict[str, Any]]:
    """The workflows, with their surveys."""
    questions = data("questions", collection=collection)
    return [_surveyed(one, questions) for one in data("workflows", collection=collection)]


def _surveyed(template: Mapping[str, Any], questions: Mapping[str, Any]) -> dict[str, Any]:
    spec = [questions[name] for name in _flat(template["asks"])]
    survey = {"name": template["name"], "description": template["description"], "spec": spec}
    return {**template, "survey": survey if spec else {}}


def _flat(names: Any) -> Iterator[str]:
    if isinstance(names, str):
        yield names
        return
    for one in names:
        yield from _flat(one)
