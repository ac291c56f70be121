# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A signal ends a command in one line and with the code that a shell gives it."""

from __future__ import annotations

import os
import signal
from argparse import Namespace
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent import backup, expire, info, main, pin, unpin, verify
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.wal import get, push
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.exit_codes import ExitCode

ON_DB1 = ["--cluster", "db1"]
KEEP = ["--keep-full", "2", "--keep-days", "7"]
EXPIRE_HINT = "HINT: Run it again: it removes what is left.\n"


@pytest.fixture(autouse=True)
def kept_process() -> Iterator[None]:
    umask = os.umask(0o022)
    before = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    os.umask(umask)
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupted_by(number: int, *, cleaned: list[str] | None = None) -> Callable[..., int]:
    def run(options: Namespace) -> int:
        try:
            os.kill(os.getpid(), number)
            return 0
        finally:
            # A second one comes while it cleans up.
            os.kill(os.getpid(), number)
            if cleaned is not None:
                cleaned.append(options.config_directory)

    return run


@pytest.mark.parametrize(
    ("arguments", "module", "hint"),
    [
        pytest.param(["info"], info, "", id="info"),
        pytest.param(["backup", *ON_DB1], backup, "HINT: Run it again: what it had begun is removed.\n", id="backup"),
        pytest.param(
            ["verify", *ON_DB1],
            verify,
            "HINT: Run it again with --resume: it goes on where this one was.\n",
            id="verify",
        ),
        pytest.param(["verify", *ON_DB1, "--check"], verify, "", id="verify --check"),
        pytest.param(["backup", *ON_DB1, "--dry-run"], backup, "", id="backup --dry-run"),
        pytest.param(["expire", *ON_DB1, *KEEP], expire, EXPIRE_HINT, id="expire"),
        pytest.param(["expire", *ON_DB1, *KEEP, "--dry-run"], expire, "", id="expire --dry-run"),
        pytest.param(["pin", "x", *ON_DB1, "--reason", "audit"], pin, "", id="pin"),
        pytest.param(["unpin", "x", *ON_DB1], unpin, "", id="unpin"),
    ],
)
@pytest.mark.parametrize(
    ("number", "code", "signal_name"), [(1, 129, "SIGHUP"), (2, 130, "SIGINT"), (15, 143, "SIGTERM")]
)
def test_command_cleans_up_and_ends_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    module: object,
    hint: str,
    number: int,
    code: int,
    signal_name: str,
) -> None:
    handlers = [signal.getsignal(each) for each in (1, 2, 15)]
    cleaned: list[str] = []
    monkeypatch.setattr(module, "run", interrupted_by(number, cleaned=cleaned))

    assert main.main(arguments) == code
    assert capfd.readouterr().err == f"pgpitr: interrupted by {signal_name} [interrupted]\n{hint}"
    assert cleaned == ["/etc/pgpitr"]
    assert [signal.getsignal(each) for each in (1, 2, 15)] == handlers


def test_signal_that_is_ignored_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    monkeypatch.setattr(backup, "run", interrupted_by(signal.SIGHUP))

    assert main.main(["backup", *ON_DB1]) == 0


@pytest.mark.parametrize(
    ("command", "module", "code"),
    [
        pytest.param("archive-push", push, ExitCode.FAILED, id="archive-push"),
        pytest.param("archive-get", get, ExitCode.GET_FAILED, id="archive-get"),
    ],
)
def test_postgresqls_commands_keep_their_codes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], command: str, module: object, code: int
) -> None:
    def run(_arguments: object, *, config_directory: str) -> int:
        raise KeyboardInterrupt(config_directory)

    monkeypatch.setattr(module, "run", run)

    assert main.main([command]) == code
    assert capfd.readouterr().err == "pgpitr: interrupted [interrupted]\n"


def test_interruption_before_the_command_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_mask: int) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "umask", interrupt)
    code = main.main(["info"])
    monkeypatch.undo()

    assert code == main.EXIT_INTERRUPTED == ExitCode.INTERRUPTED
