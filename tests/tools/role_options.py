# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes into the modules' spec and the roles what the documentation says of clusters, repositories and the program.

Every option of the three fragments in `plugins/doc_fragments` is one of the modules that extend it, and a variable of
the roles whose tasks name its group in `from_variables`. `make generate` writes `spec.py`, and the variables between
the marks in the roles' files; a test compares.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
GROUPS = ("cluster", "repository", "agent")
BEGIN = "# From plugins/doc_fragments, by `make generate`:"
END = "# Until here."
BLOCK = re.compile(rf"^( *){re.escape(BEGIN)}\n.*?^ *{re.escape(END)}\n", re.DOTALL | re.MULTILINE)
LINE_LENGTH = 120
SPECIFIED = ("type", "elements", "choices", "required", "default", "no_log")


@dataclass(frozen=True)
class Variable:
    """A variable of the roles that fills an option of the modules."""

    name: str
    description: tuple[str, ...]
    type: str
    default: str
    secret: bool


def variable_of(option: str, *, group: str) -> str:
    """The name of the variable, by the rule of the action plugin; a test compares the two."""
    is_named_so = option.startswith(f"{group}_") or option == "repositories"
    return f"pitr_{option}" if is_named_so else f"pitr_{group}_{option}"


def variables_of(group: str, *, checkout: Path = CHECKOUT) -> list[Variable]:
    """The variables of a group, in the order of its documentation."""
    options = documentation_of(group, checkout=checkout)
    secrets = secrets_of(group, checkout=checkout)
    names = {name: variable_of(name, group=group) for name in options}
    return [
        Variable(
            name=names[name],
            description=tuple(_sentences(name, option, names=names)),
            # Empty answers of surveys must pass, and numbers arrive as text.
            type="str" if option["type"] in ("str", "path") else "raw",
            default="{{ inventory_hostname }}" if name == "name" else "",
            secret=any(each.partition(".")[0] == name for each in secrets),
        )
        for name, option in options.items()
    ]


def documentation_of(group: str, *, checkout: Path = CHECKOUT) -> Mapping[str, Any]:
    """The options that a documentation fragment describes."""
    options = yaml.safe_load(_fragment(group, checkout=checkout)["DOCUMENTATION"])["options"]
    # What every module has, but is no property of a cluster; each says itself what it can take.
    return {name: option for name, option in options.items() if name != "from_variables"}


def secrets_of(group: str, *, checkout: Path = CHECKOUT) -> frozenset[str]:
    """The options of a fragment that are kept out of logs, which documentation has no word for; `a.b` is one inside."""
    return frozenset(_fragment(group, checkout=checkout).get("SECRETS", ()))


def _fragment(group: str, *, checkout: Path) -> Mapping[str, Any]:
    """The constants of a fragment's file."""
    tree = ast.parse((checkout / "plugins" / "doc_fragments" / f"{group}.py").read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    return {node.targets[0].id: ast.literal_eval(node.value) for node in found}


def groups_of(role: Path) -> list[str]:
    """The groups of variables that a role's tasks read."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((role / "tasks").glob("*.yml")))
    named = {name for found in re.findall(r"from_variables: \[(.*)\]", text) for name in found.split(", ")}
    return [group for group in GROUPS if group in named]


def written_specs(text: str, *, role: Path, checkout: Path = CHECKOUT) -> str:
    """An `argument_specs.yml` with the variables between its marks as they should be."""
    lines: list[str] = []
    for group in groups_of(role):
        for variable in variables_of(group, checkout=checkout):
            lines += _spec_lines(variable, owned=is_owned(variable, role=role))
    return _between_marks(text, lines)


def written_defaults(text: str, *, role: Path, checkout: Path = CHECKOUT) -> str:
    """A `defaults/main.yml` with the variables that the role owns, those named like it."""
    variables = (one for group in GROUPS for one in variables_of(group, checkout=checkout))
    lines = [line for one in variables if is_owned(one, role=role) for line in _default_lines(one)]
    return _between_marks(text, lines[:-1])


def is_owned(variable: Variable, *, role: Path) -> bool:
    """Whether the role gives the variable its default: those that have its name in theirs."""
    return variable.name.startswith(f"{role.name}_")


def written_options(text: str, *, checkout: Path = CHECKOUT) -> str:
    """The modules' `spec.py` with the options of each group as they should be."""
    for group in GROUPS:
        secrets = secrets_of(group, checkout=checkout)
        lines = [
            f'    "{name}": {_python(option, name=name, secrets=secrets)},\n'
            for name, option in documentation_of(group, checkout=checkout).items()
        ]
        # From the line that opens the dictionary to the one that closes it.
        body = re.compile(
            rf"(?<=^{group.upper()}_OPTIONS: dict\[str, Any\] = {{\n).*?(?=^}}$)", re.DOTALL | re.MULTILINE
        )
        text = body.sub(lambda _found, lines=lines: "".join(lines), text)
    return text


def _python(option: Mapping[str, Any], *, name: str, secrets: frozenset[str]) -> str:
    """An option as Python, with what a spec and documentation share."""
    option = {**option, "no_log": name in secrets}
    stated = [key for key in SPECIFIED if key in option and (option[key] or key == "default")]
    items = [f'"{key}": {_quoted(option[key])}' for key in stated]
    if "suboptions" in option:
        inner = (
            f'            "{key}": {_python(one, name=f"{name}.{key}", secrets=secrets)},\n'
            for key, one in option["suboptions"].items()
        )
        lines = [*(f"        {item},\n" for item in items), '        "options": {\n', *inner, "        },\n"]
        return "{\n" + "".join(lines) + "    }"
    return "{" + ", ".join(items) + "}"


def _quoted(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (str, list)) else repr(value)


def written_files(checkout: Path = CHECKOUT) -> Iterator[tuple[Path, str]]:
    """Each file that has something of the fragments in it, with the text that it should have."""
    spec = checkout / "plugins" / "module_utils" / "_ansible" / "spec.py"
    yield spec, written_options(spec.read_text(encoding="utf-8"), checkout=checkout)
    for role in sorted((checkout / "roles").iterdir()):
        for path, write in (
            (role / "meta" / "argument_specs.yml", written_specs),
            (role / "defaults" / "main.yml", written_defaults),
        ):
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            if BEGIN in text:
                yield path, write(text, role=role, checkout=checkout)


def _sentences(name: str, option: Mapping[str, Any], *, names: Mapping[str, str]) -> Iterator[str]:
    """The option's description with variables' names for options' names, and what holds for variables alone."""
    for sentence in [option["description"]] if isinstance(option["description"], str) else option["description"]:
        yield re.sub(r"O\((\w+)\)", lambda found: f"O({names.get(found[1], found[1])})", sentence)
    if option.get("required"):
        yield "It must be set."
    if name == "name":
        yield "When unset, the host's name in the inventory."
    if "default" in option:
        yield f"When unset, V({option['default']})."


def _spec_lines(variable: Variable, *, owned: bool) -> list[str]:
    lines = [f"{variable.name}:", "  description:"]
    for sentence in variable.description:
        lines += [
            "    - >-",
            *textwrap.wrap(sentence, LINE_LENGTH - 12, initial_indent=" " * 6, subsequent_indent=" " * 6),
        ]
    lines.append(f"  type: {variable.type}")
    lines += ["  no_log: true"] if variable.secret else []
    return [*lines, f'  default: "{variable.default}"'] if owned else lines


def _default_lines(variable: Variable) -> list[str]:
    plain = re.sub(r"[A-Z]\(([^()]*)\)", r"\1", " ".join(variable.description))
    comment = textwrap.wrap(plain, LINE_LENGTH, initial_indent="# ", subsequent_indent="# ")
    return [*comment, f'{variable.name}: "{variable.default}"', ""]


def _between_marks(text: str, lines: list[str]) -> str:
    def block(found: re.Match[str]) -> str:
        indented = [f"{found[1]}{line}" if line else "" for line in (BEGIN, *lines, END)]
        return "\n".join(indented) + "\n"

    return BLOCK.sub(block, text)


def main() -> None:
    """Write every file that differs."""
    for path, text in written_files():
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path.relative_to(CHECKOUT)}\n")


if __name__ == "__main__":
    main()
