# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that say where the program is installed."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``AGENT_OPTIONS`` in ``module_utils/_ansible/spec.py``."""

    DOCUMENTATION = r"""
options:
  agent_path:
    description:
      - The installed C(pgpitr) program, which PostgreSQL calls to archive and to fetch WAL.
      - Choose another place where the modules run without root.
    type: path
    default: /usr/local/bin/pgpitr
  config_directory:
    description:
      - The directory of the program's configuration, one file for each cluster.
    type: path
    default: /etc/pgpitr
"""
