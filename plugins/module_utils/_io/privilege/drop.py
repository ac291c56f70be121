# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives up root's rights for good."""

from __future__ import annotations

import ctypes
import os
import tempfile

from ..._core.errors import Refused
from .account import Account

# <linux/prctl.h>
_PR_SET_KEEPCAPS = 8
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
# Of root's environment the programs that the account has chosen see what they need, and none of its other secrets.
_KEPT = frozenset(
    {
        "PATH", "LANG", "LANGUAGE", "TZ", "TERM", "COLUMNS", "LINES", "NO_COLOR", "LD_LIBRARY_PATH", "SSL_CERT_FILE",
        "SSL_CERT_DIR", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    }
)  # fmt: skip
# What is given to PostgreSQL's programs and for object storage.
_KEPT_PREFIXES = ("LC_", "PG", "KRB5", "AWS_")
_LIBC = ctypes.CDLL(None, use_errno=True)


def become(account: Account) -> None:
    """Be the account from now on: real, effective and saved ids and groups; no capabilities, and no way to new ones.

    Nothing happens when the process is that user. Raises Refused (``os-user-mismatch``) when it may not become it.
    """
    if os.getuid() == os.geteuid() == account.uid:
        return
    if os.geteuid() != 0:
        raise Refused(
            f"running as user id {os.geteuid()}, but the cluster belongs to '{account.name}'",
            code="os-user-mismatch",
            hint=f"Run with 'become: true' (root), or log in as '{account.name}'.",
        )
    drop(account)
    # A setuid program, sudo among them, gives nothing back (prctl(2)).
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop(account: Account) -> None:
    """The same for a process that starts a server: PostgreSQL's own commands may need sudo."""
    _prctl(_PR_SET_KEEPCAPS, 0)
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    os.setgroups(os.getgrouplist(account.name, account.gid))
    os.setresgid(account.gid, account.gid, account.gid)
    # The kernel clears the capabilities with the last of root's user ids (capabilities(7)).
    os.setresuid(account.uid, account.uid, account.uid)
    if os.getresuid() != (account.uid,) * 3 or os.getresgid() != (account.gid,) * 3:
        raise OSError(f"the kernel did not change the process to '{account.name}'")
    temporary = os.environ.get("TMPDIR", "")
    for name in [name for name in os.environ if name not in _KEPT and not name.startswith(_KEPT_PREFIXES)]:
        del os.environ[name]
    os.environ.update(account_environment(account))
    # Root's directory for temporary files may be closed to the account (libpam-tmpdir).
    if temporary.startswith("/") and os.access(temporary, os.W_OK | os.X_OK):
        os.environ["TMPDIR"] = temporary
    tempfile.tempdir = None


def account_environment(account: Account) -> dict[str, str]:
    """What a login as the account sets."""
    return {"HOME": account.home, "USER": account.name, "LOGNAME": account.name}


def _prctl(option: int, value: int) -> None:
    prctl = getattr(_LIBC, "prctl", None)
    if prctl is not None and prctl(option, value, 0, 0, 0) != 0 and option == _PR_SET_NO_NEW_PRIVS:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


__all__ = ("account_environment", "become", "drop")
