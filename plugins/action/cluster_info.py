# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller does around a module of the collection: drop empty options, fill others, follow a recovery.

``meta/runtime.yml`` routes every module here. The file has the name of one of them because ``ansible-test`` requires a
module of the same name for each action plugin.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.utils.display import Display

from ..module_utils._ansible.spec import AGENT_OPTIONS, CLUSTER_OPTIONS, REPOSITORY_OPTIONS
from ..module_utils._core.archiving.clock_offset import ClockOffset
from ..module_utils._core.errors import Refused
from ..module_utils._core.host.fact_names import check_fact_names
from ..module_utils._core.repository.repository_host import DEFAULT_USER, HOST_SETTINGS
from ..module_utils._core.repository.several import PLACE_KEYS

# The options that the variables of each group fill. A new option there has its variable without a line here.
GROUPS: Mapping[str, Iterable[str]] = {
    "cluster": CLUSTER_OPTIONS,
    "repository": REPOSITORY_OPTIONS,
    "agent": AGENT_OPTIONS,
}
# Options that a module requires. It refuses an empty one itself, with a code and a hint that names the variable.
REQUIRED = frozenset({"name", "restore_point_name"})
# The roles' own variable: which one of several repositories a task is about.
CHOSEN = "pitr_repository_chosen"
# And which of them the host of a delegated task keeps, by their names.
KEPT = "pitr_repositories_kept"
# How long one question to a host that recovers may take: no connection has to last longer.
_FIRST_SECONDS = 5
_MOST_SECONDS = 30
# Each narrows down what is known of a clock.
_CLOCK_PROBES = 3


class ActionModule(NormalAction):
    """Runs a module as Ansible would, with the options that are left and filled."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> Any:
        """The module's result."""
        variables = task_vars or {}
        started = time.monotonic()
        try:
            check_fact_names(variables.get("ansible_facts") or {})
            result = self._run(tmp, variables)
            check_fact_names(result.get("ansible_facts") or {})
            if boolean(self._task.args.get("measure_clock", False), strict=False) and not result.get("failed"):
                result["clock"] = self._clock(time.monotonic() - started)
        except Refused as error:
            result = {"failed": True, "msg": error.message, "code": error.code, "hint": error.hint}
        # For the result of the whole run, which knows neither how long a task took nor of which cluster it was.
        run = {"cluster": self._task.args.get("name"), "seconds": round(time.monotonic() - started, 1)}
        # Ansible does not register that a task has no_log.
        return {**result, "run": {**run, "hidden": True} if self._task.no_log else run}

    def _run(self, tmp: Any, variables: Mapping[str, Any]) -> Any:
        named = variables_named_by(self._task.args.get("from_variables"))
        values = self._values_of(named, variables=variables)
        is_delegated = self._task.delegate_to not in (None, "", variables["inventory_hostname"])
        chosen = self._templar.template(variables.get(CHOSEN, ""))
        kept = self._templar.template(variables.get(KEPT, [])) if is_delegated else []
        if values.get("repositories") and kept:
            values = with_kept(values, names=kept, with_buckets=boolean(self._task.args.get("heal"), strict=False))
        elif values.get("repositories") and (chosen or is_delegated):
            values = with_chosen(values, name=chosen)
        if "repository_host" in values and is_delegated:
            values = as_kept_there(values)
        self._task.args = filled(self._task.args, values=values, required=REQUIRED & named.keys())
        if not follows(self._task.resolved_action or self._task.action, self._task.args):
            return super().run(tmp, variables)
        host = variables.get("inventory_hostname")
        show = Display().display
        return followed(lambda seconds: self._asked(seconds, variables), show=lambda line: show(f"[{host}] {line}"))

    def _clock(self, seconds: float) -> dict[str, Any]:
        """When the module began and how long it took, and how far the host's clock is from the controller's."""
        began, probes = time.time() - seconds, []
        for _probe in range(_CLOCK_PROBES):
            sent = time.time()
            told = self._low_level_execute_command("date +%s.%N", sudoable=False).get("stdout", "")
            received = time.time()
            with suppress(ValueError):
                probes.append((sent, float(told.strip()), received))
        offset = ClockOffset.of(probes)
        return {
            "began": began,
            "seconds": round(seconds, 3),
            "least_ms": None if offset is None else round(offset.least * 1000, 1),
            "most_ms": None if offset is None else round(offset.most * 1000, 1),
        }

    def _asked(self, seconds: int, variables: Mapping[str, Any]) -> Any:
        self._task.args = {**self._task.args, "follow_seconds": seconds}
        return super().run(None, variables)

    def _values_of(self, named: Mapping[str, str], *, variables: Mapping[str, Any]) -> dict[str, Any]:
        found = {option: variables[name] for option, name in named.items() if name in variables}
        # As one mapping: Ansible leaves out values in it that turn out to be `omit`. Until 2.18 it marks them instead.
        values = self._templar.template(found)
        present = without_empty({option: value for option, value in values.items() if value != variables.get("omit")})
        return {"name": variables["inventory_hostname"], **present} if "name" in named else present


def follows(action: str, options: Mapping[str, Any]) -> bool:
    """Whether the task is about a recovery that is to be asked after again and again.

    >>> follows("pgfleet.pitr.recovery", {}), follows("pgfleet.pitr.recovery", {"follow_seconds": 60})
    (True, False)
    >>> follows("pgfleet.pitr.restore", {})
    False
    """
    return action.rpartition(".")[2] == "recovery" and "follow_seconds" not in options


def followed(ask: Callable[[int], Any], *, show: Callable[[str], None]) -> Any:
    """The result of a job; ``ask`` waits for so many seconds, and tells the progress of one that runs still."""
    seconds = _FIRST_SECONDS
    while True:
        result = ask(seconds)
        if not result.get("running"):
            return result
        show(result["progress"])
        seconds = min(_MOST_SECONDS, seconds * 3 // 2)


def variable_of(option: str, *, group: str) -> str:
    """The name of the variable that fills an option.

    >>> variable_of("port", group="cluster"), variable_of("repository_path", group="repository")
    ('pitr_cluster_port', 'pitr_repository_path')
    """
    is_named_so = option.startswith(f"{group}_") or option == "repositories"
    return f"pitr_{option}" if is_named_so else f"pitr_{group}_{option}"


def variables_named_by(from_variables: Any) -> dict[str, str]:
    """The variable of each option that the value of ``from_variables`` names; the module refuses unknown groups.

    >>> variables_named_by("agent")
    {'agent_path': 'pitr_agent_path', 'config_directory': 'pitr_agent_config_directory'}
    """
    groups = from_variables if isinstance(from_variables, list) else str(from_variables or "").split(",")
    return {option: variable_of(option, group=group) for group in groups for option in GROUPS.get(group, ())}


def as_kept_there(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a task that is delegated to the repository's host is told: the directory is its own, the cluster is not.

    >>> as_kept_there({"name": "db1", "port": 5433, "repository_host": "backup1", "repository_path": "/srv/pitr"})
    {'name': 'db1', 'repository_path': '/srv/pitr', 'os_user': 'pgpitr'}
    """
    elsewhere = (set(CLUSTER_OPTIONS) - {"name"}) | {*HOST_SETTINGS}
    kept = {option: value for option, value in values.items() if option not in elsewhere}
    return {**kept, "os_user": values.get("repository_user", DEFAULT_USER)}


def with_chosen(values: Mapping[str, Any], *, name: str) -> dict[str, Any]:
    """The values with one of several repositories as the only one; the first, where no ``name`` is given.

    >>> with_chosen({"port": 1, "repositories": [{"name": "a", "path": "/a"}, {"name": "b", "path": "/b"}]}, name="b")
    {'port': 1, 'repository_path': '/b'}
    """
    items = values["repositories"]
    one = next((item for item in items if item.get("name") == name), items[0])
    single = {f"repository_{key}": one[key] for key in PLACE_KEYS if key in one}
    return {**{option: value for option, value in values.items() if option != "repositories"}, **without_empty(single)}


def with_kept(values: Mapping[str, Any], *, names: Iterable[str], with_buckets: bool = False) -> dict[str, Any]:
    """What a task is told that is delegated to the host that keeps these: they are its own, and the cluster is not.

    Buckets, which it reaches with their keys, are for it only where it has to read them.

    >>> items = [{"name": "a", "path": "/a"}, {"name": "b", "host": "h", "path": "/b"}, {"name": "c", "s3_bucket": "x"}]
    >>> with_kept({"name": "db1", "port": 1, "repositories": items}, names=["b"])
    {'name': 'db1', 'repositories': [{'name': 'b', 'path': '/b', 'required': True}], 'os_user': 'pgpitr'}
    """
    known, settings = frozenset(names), frozenset(setting.partition("_")[2] for setting in HOST_SETTINGS)
    items = values["repositories"]
    kept = [
        {key: value for key, value in item.items() if key not in settings} for item in items if item["name"] in known
    ]
    user = next((item["user"] for item in items if item["name"] in known and item.get("user")), DEFAULT_USER)
    buckets = [item for item in items if with_buckets and item["name"] not in known and item.get("s3_bucket")]
    told = {option: value for option, value in values.items() if option == "name" or option not in CLUSTER_OPTIONS}
    # The first of a list is always required.
    first = [{**item, "required": True} for item in kept[:1]]
    return {**told, "repositories": [*first, *kept[1:], *buckets], "os_user": user}


def without_empty(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that have a value. Optional answers of an AWX survey arrive as ""; 0, false and [] are values.

    >>> without_empty({"a": "", "b": None, "c": 0, "d": False, "e": []})
    {'c': 0, 'd': False, 'e': []}
    """
    return {option: value for option, value in options.items() if value is not None and value != ""}


def filled(given: Mapping[str, Any], *, values: Mapping[str, Any], required: Iterable[str] = ()) -> dict[str, Any]:
    """The options for the module: what the task gives, else what the variables say, else nothing.

    >>> filled({"port": 5433, "service": ""}, values={"port": 5432, "os_user": "pg", "service": ""})
    {'os_user': 'pg', 'port': 5433}
    """
    refused = {option: "" for option in (*required, *given) if option in REQUIRED}
    return {**refused, **without_empty(values), **without_empty(given)}
