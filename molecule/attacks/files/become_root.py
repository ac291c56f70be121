# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands where a program of PostgreSQL is looked for: tries to become root, and writes down what it is by then."""

import os
import sys

CANARY = "/var/tmp/canary/ran"

for way in (
    lambda: os.setresuid(0, 0, 0),
    lambda: os.setuid(0),
    lambda: os.seteuid(0),
    lambda: os.setgid(0),
    lambda: os.setgroups([0]),
    lambda: os.chroot("/"),
):
    try:
        way()
    except OSError:
        continue
with open("/proc/self/status", encoding="utf-8") as status:
    capabilities = next(line for line in status if line.startswith("CapPrm"))
with open(CANARY, "a", encoding="utf-8") as canary:
    ids = f"{os.getresuid()} {os.getresgid()} {os.getgroups()}"
    canary.write(f"{os.stat(sys.argv[0]).st_uid} {sys.argv[0]!r} {ids} {capabilities.split()[1]}\n")
sys.stdout.write("postgres (PostgreSQL) 17.1\n")
