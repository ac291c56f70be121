# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.healed import Healed


def test_what_was_healed_is_told_in_words_and_as_data() -> None:
    healed = Healed("000000010000000000000005", "far")
    assert str(healed) == "000000010000000000000005 was healed from the repository 'far'"
    assert healed.to_dict() == {"subject": "000000010000000000000005", "source": "far"}
