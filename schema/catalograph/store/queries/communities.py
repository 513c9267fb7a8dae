"""Filters by communities: read the numbers of those before a statement compares many products.

A statement could find them itself, but would do so again for each product. The version whose
numbers were read keeps its slot until the second publication from then on.
"""

from collections.abc import Sequence
from dataclasses import replace

from catalograph.store.connection.connect import AsyncConnection
from catalograph.store.queries.projection import Filter


async def look_up_communities(
    connection: AsyncConnection, filters: Sequence[Filter]
) -> tuple[Filter, ...]:
    """Return filters with the numbers of the communities that they name.

    It takes one statement, none where no filter names a community.
    """
    return tuple(
        [
            replace(one, known=(await connection.read("read_communities", keys=one.value))[0])
            if one.name == "communities"
            else one
            for one in filters
        ]
    )
