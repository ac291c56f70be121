# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command has its help, and what is wrong with a command line is named."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from importlib import import_module

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent import commands, main
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.command_parser import CommandParser
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.request import BackupRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.job import (
    JOBS,
    PgpitrCall,
    TimerPolicy,
    job_command,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.selection import VerifyRequest
from sources import UTILS

CHANGING = ("backup", "verify", "expire", "copy", "prune", "pin", "unpin", "jobs")


def parser_of(command: str) -> CommandParser:
    """What reads the arguments of a command."""
    parser = import_module(f"{main.__package__}.{command}").new_parser()
    assert isinstance(parser, CommandParser)
    return parser


def options_of(command: str) -> list[argparse.Action]:
    """The arguments of a command that its help shows."""
    actions = parser_of(command)._actions
    return [action for action in actions if action.help != argparse.SUPPRESS]


@pytest.mark.parametrize("command", commands.COMMANDS)
def test_help_explains_every_argument(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert main.main(["help", command]) == 0
    assert capsys.readouterr().out == said
    assert said.startswith(f"usage: pgpitr {command} ")
    for action in options_of(command):
        assert action.help, action.dest
        assert any(f"\n  {name}" in said or f", {name}" in said for name in action.option_strings or [action.metavar])
    assert f"\nexamples:\n  pgpitr {command}" in said and "exit codes:" in said
    assert max(map(len, said.splitlines())) <= 100


@pytest.mark.parametrize("command", commands.COMMANDS)
def test_examples_of_the_help_are_read(command: str) -> None:
    import shlex

    examples = parser_of(command).format_help().partition("examples:\n")[2]
    lines = [shlex.split(line)[2:] for line in examples.splitlines()]
    assert lines
    for arguments in lines:
        read = parser_of(command).read(arguments)
        # The host of a repository has no configuration of the clusters that it keeps.
        assert command == "serve" or read.config_directory == "/etc/pgpitr"


@pytest.mark.parametrize("command", commands.CALLED_BY_POSTGRESQL)
def test_help_for_postgresqls_commands(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["help", command]) == 0
    said = capsys.readouterr().out
    assert main.main([command, "--help"]) == 0
    assert capsys.readouterr().out == said
    assert said.startswith(f"usage: pgpitr {command} --cluster NAME ")
    assert "exit codes:" in said


def test_help_has_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([]) == 0
    said = capsys.readouterr().out
    for command in (*commands.COMMANDS, *commands.CALLED_BY_POSTGRESQL, "version", "help"):
        assert re.search(rf"^  {command} +\w", said, re.MULTILINE)
    assert max(map(len, said.splitlines())) <= 120


@pytest.mark.parametrize("command", commands.COMMANDS)
def test_what_changes_something_has_a_dry_run(command: str) -> None:
    names = {name for action in options_of(command) for name in action.option_strings}
    assert ("--dry-run" in names) == (command in CHANGING)


def test_earlier_name_of_the_dry_run_is_accepted() -> None:
    options = parser_of("verify").read(["--cluster", "db1", "--check"])
    assert options == parser_of("verify").read(["--cluster", "db1", "--dry-run"])
    assert options.dry_run


@pytest.mark.parametrize(
    ("arguments", "said", "hint"),
    [
        pytest.param(
            ["verify", "--cluster", "db1", "--sample-precent=5"],
            "unknown option '--sample-precent' [usage]",
            "Did you mean '--sample-percent'? See 'pgpitr help verify'.",
            id="misspelt",
        ),
        pytest.param(
            ["verify", "--cluster", "db1", "--max-age", "5"], "unknown option '--max-age' [usage]", "", id="abbreviated"
        ),
        pytest.param(
            ["verify", "--clutser", "db1"], "unknown option '--clutser' [usage]", "mean '--cluster'", id="needed"
        ),
        pytest.param(["verify", "--cluster", "db1", "x"], "unexpected argument 'x' [usage]", "", id="one too many"),
        pytest.param(["verify", "--cluster"], "--cluster has no value [usage]", "help verify", id="no value"),
        pytest.param(
            ["verify", "--cluster=a", "--cluster", "b"], "--cluster is given twice [usage]", "help verify", id="twice"
        ),
        pytest.param(["unpin", "--cluster", "db1"], "LABEL is missing [usage]", "help unpin", id="too few"),
        pytest.param(
            ["verify", "--cluster", "db1", "--jobs", "65"],
            "--jobs is 65 [option-out-of-range]",
            "It must be a whole number, 1 to 64.",
            id="too large",
        ),
        pytest.param(
            ["verify", "--cluster", "db1", "--jobs", "many"],
            "--jobs 'many' is not a whole number [usage]",
            "",
            id="text",
        ),
        pytest.param(["info", "--jason"], "unknown option '--jason' [usage]", "Did you mean '--json'?", id="info"),
        pytest.param(
            ["vreify"], "unknown command 'vreify' [usage]", "archive-get, info, backup, verify,", id="command"
        ),
        pytest.param(["help", "vreify"], "unknown command 'vreify' [usage]", "archive-get, info,", id="help for none"),
        pytest.param(
            ["archive-get", "--cluster", "db1", "--untill", "x"],
            "unknown option '--untill' [usage]",
            "pgpitr archive-get --cluster NAME [--until SEGMENT] [--last SEGMENT] %f %p",
            id="archive-get",
        ),
        pytest.param(
            ["archive-push", "--cluster", "db1", "a", "b"],
            "unexpected argument 'b' [usage]",
            "pgpitr archive-push --cluster NAME %p",
            id="archive-push",
        ),
    ],
)
def test_what_is_wrong_and_what_is_allowed_is_said(
    arguments: list[str], said: str, hint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.main(arguments) == (200 if arguments[0] == "archive-get" else 1)
    first, second = capfd.readouterr().err.splitlines()
    assert first == f"pgpitr: {said}"
    assert second.startswith("HINT: ") and hint in second


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(TimerPolicy(), id="defaults"),
        pytest.param(
            TimerPolicy(
                backup=BackupRequest(allow_standby=True, compression="lz4", accepted_faults=("visibility-map-tail",)),
                verify=VerifyRequest(resume=True, max_rate_kib=64),
                verify_jobs=2,
            ),
            id="on a standby",
        ),
    ],
)
def test_command_lines_of_timers_are_read(job: str, policy: TimerPolicy) -> None:
    call = PgpitrCall("/usr/local/bin/pgpitr", "db1", "/srv/etc")
    _program, command, *arguments = job_command(job, call=call, policy=policy)
    options = parser_of(command).read(arguments)
    assert (options.cluster, options.config_directory) == ("db1", "/srv/etc")
    assert options.skip_standby != policy.backup.allow_standby


@pytest.mark.parametrize(
    "line",
    [
        "backup --cluster db1 --type full --full-every-days 7 --max-incrementals 14 --max-chain-percent 50"
        " --wait-seconds 21600 --compression auto --skip-standby",
        "backup --cluster db1 --type auto --full-every-days 7 --max-incrementals 14 --max-chain-percent 50"
        " --wait-seconds 21600 --compression auto --allow-standby --standby-wait-seconds 300",
        "verify --cluster db1 --backup all --sample-percent 100 --max-age-seconds 0 --skip-standby",
        "verify --cluster db1 --check --resume --jobs 2 --max-rate-kib 1024",
        "expire --cluster db1 --keep-full 2 --keep-days 7 --keep-daily 0 --keep-weekly 0 --keep-monthly 0"
        " --keep-yearly 0 --wait-seconds 60 --summary --skip-standby",
    ],
)
def test_units_of_release_0_1_go_on_working(line: str) -> None:
    command, *arguments = line.split()
    assert parser_of(command).read(arguments).cluster == "db1"


def test_value_may_look_like_an_option_where_it_is_text() -> None:
    options = parser_of("pin").read(["x", "--cluster", "db1", "--reason", "--json was wrong"])
    assert options.reason == "--json was wrong"


@pytest.mark.parametrize("command", commands.CALLED_BY_POSTGRESQL)
def test_postgresqls_commands_import_no_parser(command: str) -> None:
    arguments = [command, "--cluster", "db1", "--config-directory", "/nowhere", "000000010000000000000001", "there"]
    code = (
        f"import sys; sys.path.insert(0, {str(UTILS.parent)!r}); before = set(sys.modules)\n"
        f"from module_utils._agent.main import main\n"
        f"main({arguments[: 6 if command == 'archive-push' else 7]!r})\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-ISc", code], capture_output=True, text=True, check=True)
    assert "[config-missing]" in done.stderr
    assert not {"argparse", "dataclasses", "enum", "importlib", "typing"} & set(done.stdout.split())
    assert f"module_utils._agent.wal.{command.removeprefix('archive-')}" in done.stdout.split()
