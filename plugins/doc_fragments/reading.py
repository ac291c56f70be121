# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that say how much of a repository is read, and how fast."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the module backup_verify."""

    DOCUMENTATION = r"""
options:
  sample_percent:
    description:
      - How much of the content is read in this run, in percent, besides what was added since the last run and what was
        found damaged. What no run has read comes first, then what was read longest ago, so that a number of runs reads
        all of it; C(never_verified) says how much is left.
      - Archives are read as a whole, so the percentage may be exceeded. Names, sizes and records are always compared.
    type: int
    default: 100
  max_age_seconds:
    description:
      - What was found intact within this many seconds (at most 1073741824) is not read again. V(0) reads everything.
    type: int
    default: 0
  resume:
    description:
      - Whether to continue where the last run stopped, if that was interrupted and verified the same O(backup).
    type: bool
    default: false
  max_rate_kib:
    description:
      - The highest rate at which the repository is read, in KiB per second, 32 or more. Unset means no limit.
    type: int
  jobs:
    description:
      - Number of processes that read at the same time. When unset, one for each processor, but at most four.
      - While they are parsed, decompressed segments take up to about 512 MiB in the directory for temporary files
        (E(TMPDIR)).
    type: int
"""
