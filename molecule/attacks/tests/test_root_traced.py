# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the playbooks' modules opened, made, renamed, gave away and started with user id 0 is on these lists."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from pitr_testinfra import RUNNER
from support.root_trace import Deed, deeds_of_root
from testinfra.host import Host

TRACES = "/var/tmp/traces"

# Ansible's own: the module's zip with the files beside it, and temporary files of Python that are gone at once.
ANSIBLE = (
    r"/tmp/ansible_(ansible\.(legacy|builtin)|pgfleet\.pitr)\.[a-z_]+_payload_\w{8}(/ansible_[a-z_.]+_payload\.zip)?"
    r"|/tmp/\w{8}"
)
# Python's and the C library's, the account database, and what the kernel tells.
READS = (
    r"/|/tmp|/home/ops|/usr/(lib|share/(zoneinfo|locale)|lib64|local/lib/python3[0-9.]*)(/.*)?|/usr/bin/(python3.*|pyvenv\.cfg)|/lib(64)?/.*"
    r"|/etc/(ld\.so\.(cache|preload)|passwd|group|nsswitch\.conf|localtime|locale\.alias|ssl/openssl\.cnf)"
    r"|/proc/(self|[0-9]+|sys|thread-self)/.*|/proc(/(filesystems|cmdline|stat|meminfo|cpuinfo|mounts))?|/sys/.*|/dev/(null|urandom)"
)
WRITES = r"/dev/null"
RUNS = r"/usr/bin/(python3|systemctl)"
CONFIGURATION = r"/etc/pgpitr/db[12]\.conf"


def made(path: str, *, name: str = "") -> str:
    """A file that is written under a temporary name in its directory, which is synced; and renamed, where so named."""
    directory, _unused, usual = path.rpartition("/")
    temporary = rf"{directory}/\.?{name or usual}\.[0-9a-f]{{16}}\.tmp"
    return rf"{temporary}( {path})?|{path}|{directory}"


# Module → what else it reads, writes and runs.
NOTHING = ("", "", "")
UNIT = r"pgpitr-(full|incremental|verify|expire|copy)-db[12]\.(service|timer)"
UNITS = f"/etc/systemd/system/{UNIT}"
RECEIVERS_UNIT = r"pgpitr-(stream|prune)-db[12]\.(service|timer)"
RECEIVERS_UNITS = f"/etc/systemd/system/{RECEIVERS_UNIT}"
RECEIVERS_FILE = r"db[12]\.(pg_service|pgpass)"
RECEIVERS_FILES = f"/etc/pgpitr/{RECEIVERS_FILE}"
SIBLINGS = (
    r"/data/main(\.pitr-(new|old|undone))?( /data/main(\.pitr-(new|old|undone))?)?|/data/main\.pitr-lock"
    r"|/data/main\.pitr-(journal|job)\.json(\.[0-9a-f]{16}\.tmp( /data/main\.pitr-(journal|job)\.json)?)?"
)
# Asked where a server takes long to start, which says no more than its unit's log.
LOG = r"/(run|var)/log/journal(/.*)?|/etc/machine-id"
LOG_READER = "/usr/bin/journalctl"
# What sees a job through that is cut off, in a directory of root alone.
GUARDS_UNIT = r"pgpitr-guard-[\w.\\-]+\.service"
GUARDS_UNITS = f"/etc/systemd/system/{GUARDS_UNIT}"
GUARDS = r"/var/lib(/pgpitr(/guards(/.*)?)?)?"
GUARDS_READS = f"{GUARDS}|/etc/systemd/system(/multi-user\\.target\\.wants)?|{GUARDS_UNITS}|/usr/bin"
GUARDS_WRITES = f"{GUARDS}|{made(GUARDS_UNITS, name=GUARDS_UNIT)}"
MORE = {
    "agent": (
        r"/etc|/etc/pgpitr|/srv|/srv/pitr|/usr/local/bin(/pgpitr)?|" + CONFIGURATION,
        "|".join(["/etc/pgpitr|/srv/pitr", made("/usr/local/bin/pgpitr"), made(CONFIGURATION, name=r"db[12]\.conf")]),
        "",
    ),
    "backup_expire": NOTHING,
    "backup_info": NOTHING,
    "backup_verify": NOTHING,
    "base_backup": NOTHING,
    "cluster_info": NOTHING,
    "recovery": (f"/data|{LOG}|{GUARDS_READS}", f"{SIBLINGS}|{GUARDS_WRITES}", LOG_READER),
    "restore": (rf"/data|/data/main\.pitr-new|{LOG}|{GUARDS_READS}", f"{SIBLINGS}|{GUARDS_WRITES}", LOG_READER),
    "restore_point": NOTHING,
    "setup": (
        r"/etc(/(debian_version|host\.conf|hosts|os-release|resolv\.conf|ssh/ssh_host_\w+_key\.pub))?|/proc/1/comm"
        r"|/var/lib/dbus/machine-id",
        "",
        r"/usr/bin/uname|/usr/sbin/capsh",
    ),
    "stream_slot": NOTHING,
    "timers": (rf"/etc/systemd/system|{UNITS}", made(UNITS, name=UNIT), "/usr/bin/systemd-analyze"),
    # Its own configuration, to which an attack makes the cluster's a link: looked at, and left alone.
    "wal_archive": (rf"/etc/attacked/postgresql\.conf|{LOG}", "", LOG_READER),
    "wal_archive_info": NOTHING,
    # In /usr it looks for the newest program that receives.
    "wal_receiver": (
        rf"/usr|/etc/systemd/system|/etc/pgpitr|/var/lib|/var/lib/pgpitr-received(/db[12])?|{RECEIVERS_UNITS}|{RECEIVERS_FILES}",
        "|".join(
            [
                made(RECEIVERS_UNITS, name=RECEIVERS_UNIT),
                made(RECEIVERS_FILES, name=RECEIVERS_FILE),
                "/var/lib/pgpitr-received(/db[12])?",
            ]
        ),
        "/usr/bin/systemd-analyze",
    ),
    "writers": NOTHING,
}
PAYLOAD = r"/ansible_(?:ansible\.(?:legacy|builtin)|pgfleet\.pitr)\.([a-z_]+)_payload_"


def allowed(module: str, kind: str) -> str:
    """The pattern of the paths that the module's list has for this kind of deed."""
    usual = {"reads": f"{READS}|{CONFIGURATION}|{ANSIBLE}", "writes": f"{WRITES}|{ANSIBLE}", "runs": RUNS}[kind]
    more = MORE[module][("reads", "writes", "runs").index(kind)]
    return f"{usual}|{more}" if more else usual


def not_on_list(module: str, deeds: Iterable[Deed]) -> list[Deed]:
    """What is on no list."""
    return [deed for deed in deeds if not re.fullmatch(allowed(module, deed.kind), deed.path)]


def is_look(deed: Deed) -> bool:
    """A question of systemctl, whether it runs in a chroot."""
    return deed.call == "name_to_handle_at"


@pytest.fixture(scope="module")
def traced() -> list[tuple[str, list[Deed]]]:
    """Each module that ran, with what root did in it."""
    host: Host = RUNNER.get_host("db1")
    found = []
    for name in host.check_output(f"ls {TRACES}").split():
        lines = host.check_output(f"cat {TRACES}/{name}").splitlines()
        module = re.search(PAYLOAD, "\n".join(lines))
        assert module, f"no module in the trace {name}: {lines[:20]}"
        found.append((module.group(1), [deed for deed in deeds_of_root(lines) if not is_look(deed)]))
    return found


def test_every_module_that_a_playbook_runs_was_traced(traced: list[tuple[str, list[Deed]]]) -> None:
    assert {module for module, _unused in traced} == set(MORE)
    assert all(any(deed.kind == "runs" for deed in deeds) for _unused, deeds in traced)


@pytest.mark.parametrize("module", MORE)
def test_root_did_nothing_that_is_not_on_the_list(traced: list[tuple[str, list[Deed]]], module: str) -> None:
    deeds = [deed for name, found in traced if name == module for deed in found]
    assert not_on_list(module, deeds) == []


def test_root_made_what_only_root_can(traced: list[tuple[str, list[Deed]]]) -> None:
    """The lists are of use only where the trace shows what must have been done."""
    done = {(module, deed.call, deed.path) for module, deeds in traced for deed in deeds}
    for expected in (
        ("agent", "mkdir", "/srv/pitr"),
        ("restore", "renameat", "/data/main /data/main.pitr-old"),
        ("restore", "renameat", "/data/main.pitr-old /data/main"),
        ("timers", "unlink", "/etc/systemd/system/pgpitr-full-db1.timer"),
        ("timers", "unlink", "/etc/systemd/system/pgpitr-copy-db1.timer"),
        ("wal_receiver", "mkdir", "/var/lib/pgpitr-received/db1"),
        ("wal_receiver", "unlink", "/etc/systemd/system/pgpitr-stream-db1.service"),
        ("wal_receiver", "unlink", "/etc/pgpitr/db1.pg_service"),
    ):
        assert expected in done
