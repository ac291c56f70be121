# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of variables in the roles' READMEs, made from their argument specs: `make generate` writes them."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
BEGIN = "<!-- variables: written by `make generate` from meta/argument_specs.yml -->"
END = "<!-- end of variables -->"
SECTION = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}\n", re.DOTALL)


def roles() -> list[Path]:
    """The folders of the roles."""
    return sorted(path for path in ROLES.iterdir() if (path / "meta" / "argument_specs.yml").exists())


def options_of(role: Path) -> dict[str, Any]:
    """The options of all of a role's entry points, by name."""
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    found: dict[str, Any] = {}
    for entry_point in specs.values():
        for name, option in (entry_point.get("options") or {}).items():
            found.setdefault(name, option)
    return found


def variables(role: Path) -> str:
    """The section of variables: the role's own first, then those that say where cluster and repository are."""
    options = options_of(role)
    own = {name: option for name, option in options.items() if name.startswith(f"{role.name}_")}
    shared = {name: option for name, option in options.items() if name not in own}
    parts = [_table(own)] if own else []
    if shared:
        parts += ["It reads these of other roles, too; they are set once, in the inventory:\n", _table(shared)]
    return "\n".join([BEGIN, "", *parts, END, ""])


def with_variables(readme: str, *, role: Path) -> str:
    """A README's text with the section as it has to be.

    ValueError where it has no such section, or several.
    """
    text, count = SECTION.subn(lambda _found: variables(role), readme)
    if count != 1:
        raise ValueError(
            f"roles/{role.name}/README.md has {count} sections between '{BEGIN}' and '{END}'; one is wanted"
        )
    return text


def _table(options: Mapping[str, Any]) -> str:
    rows = [f"| `{name}` |{_default(option)} | {_meaning(option)} |\n" for name, option in options.items()]
    return "".join(["| variable | default | |\n", "|---|---|---|\n", *rows])


def _default(option: Mapping[str, Any]) -> str:
    value = option.get("default", "")
    if value == "":
        return " required" if option.get("required") else ""
    # As it is written in YAML, on one line.
    shown = yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix("\n").removesuffix("\n...")
    return f" `{value if isinstance(value, str) else shown}`"


def _meaning(option: Mapping[str, Any]) -> str:
    description = option["description"]
    text = " ".join(description if isinstance(description, list) else [description]).strip()
    choices = [choice for choice in option.get("choices") or [] if choice != ""]
    if choices:
        text += f" One of {', '.join(f'`{choice}`' for choice in choices)}."
    return _markdown(text).replace("|", r"\|")


def _markdown(text: str) -> str:
    """Text with Ansible's markup as Markdown has it."""
    code = re.sub(r"\b[CVOEP]\(((?:[^()]|\([^()]*\))*)\)", r"`\1`", text)
    return re.sub(r"\b[BI]\(([^()]*)\)", r"**\1**", code)


def main() -> int:
    """Write the section of each role's README."""
    for role in roles():
        readme = role / "README.md"
        readme.write_text(with_variables(readme.read_text(encoding="utf-8"), role=role), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
