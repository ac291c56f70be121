# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.absent.configuration_elsewhere import (
    configuration_elsewhere,
    decided_by,
)
from sample_origin import sample_origin


def test_places_are_those_of_the_new_host_and_what_was_given_counts() -> None:
    texts = configuration_elsewhere(
        sample_origin(),
        data_directory="/new place/15",
        own={"port": "5499", "hba_file": "/etc/pg_hba.conf"},
        given={"work_mem": "1MB"},
    )

    assert texts.settings == (
        "ssl_cert_file = '/new place/15/server.crt'\nport = '5499'\nhba_file = '/etc/pg_hba.conf'\n"
    )
    assert texts.auto == "primary_conninfo = 'password=canary'\nwork_mem = '1MB'\n"
    assert texts.hba == 'host all @"/new place/15/admins" all scram-sha-256\n'


def test_neighbour_of_the_old_data_directory_stays_where_it_is() -> None:
    texts = configuration_elsewhere(sample_origin(data_directory="/old/dat"), data_directory="/new", own={}, given={})
    assert "/old/data/server.crt" in texts.settings


def test_later_decisions_are_over_both_files() -> None:
    decided = decided_by(sample_origin().configuration, {"work_mem": "2MB", "port": "1"})
    assert decided.settings.endswith("work_mem = '2MB'\nport = '1'\n")
    assert ("work_mem" in decided.auto, decided.settings.count("port")) == (False, 1)
