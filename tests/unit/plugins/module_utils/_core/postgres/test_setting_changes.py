# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.setting_changes import (
    FileSetting,
    ServerSetting,
    edited_texts,
    file_errors,
    plan_settings,
)

MAIN = "/d/postgresql.conf"
AUTO = "/d/postgresql.auto.conf"


def _in_force(**values: str) -> dict[str, ServerSetting]:
    contexts = {"archive_mode": "postmaster", "wal_level": "postmaster", "recovery_target_time": "postmaster"}
    return {
        name: ServerSetting(name, contexts.get(name, "sighup"), value, "configuration file", "", False)
        for name, value in values.items()
    }


def test_setting_that_stands_nowhere_is_appended_to_the_main_file() -> None:
    plan = plan_settings(
        {"archive_timeout": "60"}, in_force=_in_force(archive_timeout="0"), in_files=[], main_file=MAIN
    )

    (step,) = plan.steps
    assert (step.file, step.line_number, step.before, step.after) == (MAIN, None, "0", "60")
    assert plan.reload
    assert not plan.restart_required
    assert edited_texts({MAIN: "a = 1\n"}, steps=plan.steps) == {MAIN: "a = 1\narchive_timeout = 60\n"}


def test_last_line_that_sets_it_is_the_one_that_changes() -> None:
    lines = [
        FileSetting(MAIN, 1, "archive_timeout", "7"),
        FileSetting(MAIN, 2, "Archive_Timeout", "8"),
        FileSetting(AUTO, 3, "archive_timeout", "9"),
    ]

    plan = plan_settings(
        {"archive_timeout": "60"}, in_force=_in_force(archive_timeout="9"), in_files=lines, main_file=MAIN
    )

    assert [(step.file, step.line_number) for step in plan.steps] == [(AUTO, 3)]


def test_value_written_in_another_way_is_no_change() -> None:
    plan = plan_settings(
        {"archive_timeout": "60", "archive_mode": "on"},
        in_force=_in_force(archive_timeout="60", archive_mode="on"),
        in_files=[FileSetting(MAIN, 1, "archive_timeout", "1min"), FileSetting(MAIN, 2, "archive_mode", "yes")],
        main_file=MAIN,
    )

    assert (plan.steps, plan.reload, plan.waiting) == ((), False, ())


def test_right_file_that_was_never_loaded_takes_a_reload() -> None:
    plan = plan_settings(
        {"archive_timeout": "60"},
        in_force=_in_force(archive_timeout="0"),
        in_files=[FileSetting(MAIN, 1, "archive_timeout", "60")],
        main_file=MAIN,
    )

    assert plan.steps == ()
    assert plan.reload


def test_restart_is_required_for_what_counts_from_the_start_on() -> None:
    plan = plan_settings(
        {"archive_mode": "on", "archive_command": "x"},
        in_force=_in_force(archive_mode="off", archive_command="(disabled)"),
        in_files=[FileSetting(MAIN, 1, "archive_mode", "on"), FileSetting(MAIN, 2, "archive_command", "old")],
        main_file=MAIN,
    )

    assert plan.waiting == (("archive_mode", "off", "on"),)
    # The server hides the command while archive_mode is off; the file tells the old one.
    assert [(step.name, step.before) for step in plan.steps] == [("archive_command", "old")]


def test_command_line_cannot_be_overruled_by_files() -> None:
    current = ServerSetting("archive_timeout", "sighup", "9", "command line", "0", False)

    with pytest.raises(Refused) as caught:
        plan_settings({"archive_timeout": "60"}, in_force={"archive_timeout": current}, in_files=[], main_file=MAIN)
    assert caught.value.code == "setting-overridden"
    assert "'9'" in caught.value.message


def test_same_value_on_the_command_line_is_fine() -> None:
    current = ServerSetting("archive_timeout", "sighup", "60", "command line", "60", False)

    plan = plan_settings({"archive_timeout": "60"}, in_force={"archive_timeout": current}, in_files=[], main_file=MAIN)

    assert not plan.reload


def test_error_of_a_line_is_told_unless_it_only_waits_for_a_restart() -> None:
    lines = [
        FileSetting(MAIN, 1, "archive_mode", "on", "setting could not be applied"),
        FileSetting(MAIN, 2, "archive_timeout", "x", "setting could not be applied"),
        FileSetting(MAIN, 3, None, None, "syntax error"),
    ]

    told = file_errors(lines, in_force=_in_force(archive_mode="off", archive_timeout="0"))

    assert told == (
        f"{MAIN}:2: archive_timeout: setting could not be applied",
        f"{MAIN}:3: line: syntax error",
    )


def test_restart_setting_that_was_taken_out_of_the_files_is_no_error() -> None:
    # As after a recovery: the server started with the target, and the files have none any more.
    gone = 'parameter "recovery_target_time" cannot be changed without restarting the server'
    lines = [FileSetting(MAIN, 1, "archive_timeout", "60"), FileSetting("", 0, None, None, gone)]
    in_force = _in_force(archive_timeout="0", recovery_target_time="2026-11-22 15:15:00+00")

    assert file_errors(lines, in_force=in_force) == ()


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(f'could not open file "{MAIN}"', id="main file unreadable"),
        pytest.param('parameter "archive_timeout" is odd', id="setting that a reload changes"),
        pytest.param('parameter "no_such_setting" is odd', id="unknown setting"),
        pytest.param("archive_mode", id="name without quotes"),
    ],
)
def test_error_without_a_line_is_told(error: str) -> None:
    lines = [FileSetting("", 0, None, None, error)]

    told = file_errors(lines, in_force=_in_force(archive_mode="off", archive_timeout="0"))

    assert told == (error,)
