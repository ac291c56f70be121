# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.open_transaction import (
    PREPARED,
    SESSION,
    UNKNOWN,
    OpenTransaction,
)


@pytest.mark.parametrize(
    ("transaction", "words", "remedy"),
    [
        pytest.param(
            OpenTransaction(SESSION, 7320, "shop", "app", pid=4711, state="idle in transaction"),
            "the transaction of process 4711 (of 'app' in database 'shop', open for 2 h 2 min, idle in transaction)",
            "SELECT pg_terminate_backend(4711)",
            id="session",
        ),
        pytest.param(
            OpenTransaction(PREPARED, 90000, "shop", "app", gid="it's\n\x1b[2J"),
            "the prepared transaction 'it's??[2J' (of 'app' in database 'shop', open for 1 d 1 h)",
            "in database 'shop', COMMIT PREPARED 'it''s??[2J' or ROLLBACK PREPARED 'it''s??[2J'",
            id="prepared",
        ),
        pytest.param(OpenTransaction(UNKNOWN), "a transaction that is not ended", "pg_prepared_xacts", id="unknown"),
    ],
)
def test_transaction_is_named_with_its_remedy(transaction: OpenTransaction, words: str, remedy: str) -> None:
    assert str(transaction) == words and remedy in transaction.remedy
