# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the integration tests: real PostgreSQL, the installed collection, real processes."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import installation as installations
from support.cluster import Cluster
from support.installation import Installation
from support.module_payload import plugin_loader
from support.orphans import remove_orphans
from support.os_user import OsUser
from support.places import scratch_base
from support.workbench import Workbench

# Some tests call the installed collection's own functions.
plugin_loader()

FOUND = {version: installations.find(version) for version in installations.VERSIONS}


def pytest_configure(config: pytest.Config) -> None:
    # A shell's background job ignores SIGINT, and so would every program that a test starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # So does what nohup starts with SIGHUP.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    config.addinivalue_line("markers", "versions(*numbers): the PostgreSQL versions a test runs on; all without it")
    config.addinivalue_line("markers", "needs_root: the test acts as root; an ordinary user's run leaves it out")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Clean up after runs that were killed; once, not in every process of a parallel run."""
    if not hasattr(session.config, "workerinput"):
        remove_orphans()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that asks for PostgreSQL on each version."""
    if "postgres" not in metafunc.fixturenames:
        return
    mark = metafunc.definition.get_closest_marker("versions")
    wanted = mark.args if mark else installations.VERSIONS
    metafunc.parametrize("postgres", wanted, indirect=True, ids=[f"pg{version}" for version in wanted])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and later say, what this machine or user can't run; where it should be able to, tests fail instead."""
    kept, dropped = [], []
    for item in items:
        (dropped if _reason_to_leave_out(item) else kept).append(item)
    config.stash[LEFT_OUT] = _counted([_reason_to_leave_out(item) for item in dropped])
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


LEFT_OUT = pytest.StashKey[dict[str, int]]()


def _reason_to_leave_out(item: pytest.Item) -> str:
    if item.get_closest_marker("needs_root") and os.geteuid() != 0:
        return "tests that act as root: run `make integration` as root for them"
    version = item.callspec.params.get("postgres") if hasattr(item, "callspec") else None
    if version is not None and FOUND[version] is None and not installations.must_be_complete():
        return installations.explain_missing(version)
    return ""


def _counted(reasons: list[str]) -> dict[str, int]:
    return {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}


def pytest_report_header() -> list[str]:
    """Name the PostgreSQL installations in use."""
    return [
        f"{found}: {found.bin_directory}" if found else installations.explain_missing(version)
        for version, found in FOUND.items()
    ]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for reason, count in config.stash.get(LEFT_OUT, {}).items():
        terminalreporter.write_line(f"NOT RUN: {count} x {reason}", red=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Add the servers' logs and the last module's result to the report of a failure."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    bench = getattr(item, "funcargs", {}).get("workbench")
    if report.failed and isinstance(bench, Workbench):
        report.sections.extend(bench.sections())


@pytest.fixture(scope="session")
def os_user() -> OsUser:
    """The account that owns clusters and repositories."""
    return OsUser.for_clusters()


@pytest.fixture
def postgres(request: pytest.FixtureRequest) -> Installation:
    """One PostgreSQL version's programs; a test that takes this runs on each version."""
    found = FOUND[request.param]
    if found is None:
        pytest.fail(installations.explain_missing(request.param))
    return found


@pytest.fixture
def workbench(os_user: OsUser) -> Iterator[Workbench]:
    """The test's scratch directory, with what it makes and runs."""
    bench = Workbench(os_user)
    yield bench
    bench.discard()


@pytest.fixture
def make_cluster(workbench: Workbench, postgres: Installation) -> Callable[..., Cluster]:
    """Makes clusters of the version under test: `make_cluster(start=False, segment_size_mb=1, settings={…})`."""

    def make(**options: Any) -> Cluster:
        return workbench.make_cluster(postgres, **options)

    return make


@pytest.fixture
def cluster(make_cluster: Callable[..., Cluster]) -> Cluster:
    """A running cluster with the usual settings."""
    return make_cluster()


@pytest.fixture
def repository(workbench: Workbench) -> Path:
    """An empty directory for a repository, owned by the clusters' user."""
    return workbench.make_directory("repository")


@pytest.fixture
def disk(os_user: OsUser) -> Iterator[Path]:
    """A directory of the tests' user in one that root alone controls, as where a file system is mounted.

    A test that gives it to root tries what root does beside a data directory. It is asked for before the workbench,
    whose servers have to be stopped first.
    """
    above = Path(tempfile.mkdtemp(prefix="pitr-disk-", dir=scratch_base()))
    above.chmod(0o755)
    directory = above / "it's a disk"
    directory.mkdir()
    yield os_user.own(directory)
    shutil.rmtree(above)


@pytest.fixture
def run_module(workbench: Workbench) -> Callable[..., Any]:
    """Runs a module of the installed collection: `run_module("backup_info", {…}, check=True)`."""
    return workbench.run_module


@pytest.fixture
def run_playbook(workbench: Workbench) -> Callable[..., Any]:
    """Runs a playbook of the installed collection: `run_playbook("archive", inventory={"db1": {…}})`."""
    return workbench.run_playbook


@pytest.fixture
def account() -> Any:
    """An account that is no cluster's."""
    from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import account_named

    return account_named("nobody")


@pytest.fixture
def roots() -> Iterator[Path]:
    """A directory that root alone controls: /tmp is sticky, and the entry is root's."""
    directory = Path(tempfile.mkdtemp(prefix="pitr-root-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)
