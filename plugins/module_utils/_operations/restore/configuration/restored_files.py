# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration files of a restored server."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from ...._core.postgres.cluster import Cluster
from ...._core.postgres.configuration_text import quote_guc
from ...._core.postgres.hba_references import with_absolute_references
from ...._core.recovery.settings import names_set_in, without_settings
from ...._io.host.files import read_text, write_durably
from ...._io.host.runner import Runner
from ...._io.postgres.flat_configuration import flattened, included_files
from .kept_files import keep_files, named_files

_PLACES = ("data_directory", "hba_file", "ident_file", "config_file", "external_pid_file")


def keep_configuration(cluster: Cluster, *, restored: str, runner: Runner) -> None:
    """Give the restored directory what the cluster has in its data directory today of the files that it reads by name.

    Configuration is what archiving was set up with, and a certificate may have been renewed since the backup. What lies
    outside the data directory stays where it is and needs nothing.
    """
    keep_files((*_configuration_files(cluster), *named_files(cluster, runner=runner)), cluster=cluster, to=restored)


def settings_outside_auto(cluster: Cluster) -> frozenset[str]:
    """The names of the settings in the cluster's configuration files other than ``postgresql.auto.conf``."""
    return names_set_in(flattened(cluster.config_file))


def write_own_configuration(cluster: Cluster, *, copy: str, overrides: Mapping[str, str], runner: Runner) -> None:
    """Make the directory ``copy`` self-contained: the cluster's settings of today in one file, then ``overrides``.

    The files that they name inside the data directory, such as certificates, come along as they are today.
    """
    keep_files(named_files(cluster, runner=runner), cluster=cluster, to=copy)
    places = {
        "data_directory": copy,
        "hba_file": f"{copy}/pg_hba.conf",
        "ident_file": f"{copy}/pg_ident.conf",
        "external_pid_file": "",
    }
    own = {**places, **overrides}
    text = without_settings(flattened(cluster.config_file), (*_PLACES, *overrides))
    text += "".join(f"{name} = {quote_guc(value)}\n" for name, value in own.items())
    write_durably(f"{copy}/postgresql.conf", text.encode("utf-8", "surrogateescape"))
    auto = without_settings(read_text(cluster.auto_config_file) or "", own)
    write_durably(f"{copy}/postgresql.auto.conf", auto.encode("utf-8", "surrogateescape"))
    for source, name in ((cluster.hba_file, "pg_hba.conf"), (cluster.ident_file, "pg_ident.conf")):
        rules = read_text(source)
        if rules is not None:
            moved = with_absolute_references(rules, base=os.path.dirname(source))
            write_durably(f"{copy}/{name}", moved.encode("utf-8", "surrogateescape"))


def _configuration_files(cluster: Cluster) -> Iterator[str]:
    yield from (
        path for path in (cluster.hba_file, cluster.ident_file, cluster.auto_config_file) if os.path.exists(path)
    )
    yield from included_files(cluster.config_file)


__all__ = ("keep_configuration", "settings_outside_auto", "write_own_configuration")
