"""The transactional outbox: each transaction names the products whose answers it may have changed.

The caches of the API read it (`store.queries.change_polling.read_outbox`). The entry is written in
the transaction that it tells of, so there is none without the change, and no change without it.
"""

import secrets
from collections.abc import Iterable

from catalograph.store.connection.connect import AsyncConnection, Transaction

MOST_PRODUCTS = 200
"""Number of products above which an entry names none of them and stands for any."""
RETENTION_SECONDS = 600
"""Age at which entries are dropped; every reader has seen them long before."""
_PRUNED_AT_ONCE = 1_000


def announce_changes(
    tx: Transaction,
    products: Iterable[str] | None,
    changed: Iterable[str] = (),
    *,
    renamed: bool = False,
) -> None:
    """Write an outbox entry, and number it and the changed products; call it last in a transaction.

    Args:
        tx: open transaction.
        products: keys of changed, new or removed products; None for a change that reaches answers
            about any product, such as a new name of a brand. Without any there is no entry.
        changed: keys of those whose own properties or facts changed.
        renamed: whether a node that products share has another name.
    """
    keys = None if products is None else sorted(set(products))
    if keys is not None and len(keys) > MOST_PRODUCTS:
        keys = None
    if keys is None or keys:
        tx.run(
            "create_outbox_entry",
            key=f"outbox:{secrets.token_hex(16)}",
            products=keys,
            changed=sorted(changed),
            renamed=renamed,
        )


async def prune_outbox(connection: AsyncConnection) -> int:
    """Drop the entries that are older than `RETENTION_SECONDS`; return their number."""
    dropped = 0
    while True:
        [row] = await connection.write(
            "prune_outbox", seconds=RETENTION_SECONDS, limit=_PRUNED_AT_ONCE
        )
        removed: int = row["n"]
        dropped += removed
        if removed < _PRUNED_AT_ONCE:
            return dropped
