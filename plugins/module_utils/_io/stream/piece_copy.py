# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying large pieces while other threads go on: an assignment of Python's keeps them all waiting for the memory."""

from __future__ import annotations

import ctypes

# Below, letting the others go on takes longer than copying.
_WORTH_IT_BYTES = 64 * 1024


def copy_piece(target: memoryview, piece: memoryview) -> None:
    """Copy it into a target of the same size, both of plain bytes."""
    if len(piece) < _WORTH_IT_BYTES or piece.readonly or len(target) != len(piece):
        target[:] = piece
        return
    ctypes.memmove(_address(target), _address(piece), len(piece))


def _address(view: memoryview) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(view))


__all__ = ("copy_piece",)
