# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.streaming.receiver import Receiver, receiver_units

RECEIVER = Receiver(
    "db1",
    "/usr/lib/postgresql/15/bin/pg_receivewal",
    "pgpitr_db1",
    "/etc/pgpitr/db1.pg_service",
    "/srv/received/100% db1",
    "postgres",
    "postgres",
    ("/usr/local/bin/pgpitr", "prune", "--cluster", "db1"),
    "*-*-* *:00/15:00 UTC",
)


def test_commands_have_the_slot_and_no_secret() -> None:
    slot = ("--no-password", "--slot", "pgpitr_db1", "--dbname", "service=pgpitr")
    assert RECEIVER.create_slot == (RECEIVER.program, *slot, "--create-slot", "--if-not-exists")
    assert RECEIVER.receive == (
        RECEIVER.program,
        *slot,
        "--synchronous",
        "--no-loop",
        "--directory",
        RECEIVER.directory,
    )


def test_receiver_makes_its_slot_first_and_never_gives_up() -> None:
    unit = receiver_units(RECEIVER)[0]
    lines = unit.text.splitlines()

    assert unit.name == "pgpitr-stream-db1.service"
    assert lines.index("Restart=always") > lines.index("[Service]") and "StartLimitIntervalSec=0" in lines
    assert [line.split("=")[0] for line in lines if line.startswith("Exec")] == ["ExecStartPre", "ExecStart"]
    assert "Environment=PGSERVICEFILE=/etc/pgpitr/db1.pg_service" in lines
    assert 'RequiresMountsFor="/srv/received/100%% db1"' in lines
    assert {"User=postgres", "Group=postgres", "UMask=0077", "NoNewPrivileges=true", "CapabilityBoundingSet="} <= {
        *lines
    }


def test_timer_runs_what_removes() -> None:
    _stream, service, timer = receiver_units(RECEIVER)

    assert (service.name, timer.name) == ("pgpitr-prune-db1.service", "pgpitr-prune-db1.timer")
    assert "ExecStart=/usr/local/bin/pgpitr prune --cluster db1" in service.text.splitlines()
    assert "OnCalendar=*-*-* *:00/15:00 UTC" in timer.text.splitlines()


def test_without_a_calendar_nothing_is_removed() -> None:
    receiver = Receiver("db1", "/usr/bin/pg_receivewal", "pgpitr_db1", "/e/s", "/srv/r", "postgres", "postgres")
    assert [unit.name for unit in receiver_units(receiver)] == ["pgpitr-stream-db1.service"]
