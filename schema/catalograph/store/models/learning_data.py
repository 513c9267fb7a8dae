"""What models are trained and judged on: counts, the past, and what shoppers chose since."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from catalograph.store.connection.connect import Connection
from catalograph.store.models.export import (
    INTERACTION_KINDS,
    LIKED_RATING,
    GraphSnapshot,
    read_interactions,
    snapshot_hash,
)


@dataclass(frozen=True)
class TrainingContents:
    """Numbers of what the graph holds to learn from.

    Attributes:
        products: listed products.
        facts: facts of products.
        users: shoppers with an interaction.
        interactions: pairs of a shopper and a product.
        timed: interactions with a time.
        titles: products with a title.
        descriptions: products with a description.
        chinese: products with a Chinese title.
        events: events of all kinds.
        timed_events: events with a time.
        queries: events of the kind `query`.
        reviews: reviews.
        review_texts: reviews with a text.
        passages: passages of documents.
        chinese_passages: those of them in Chinese.
        served: lists of recommendations that were served.
        credited: clicks of the last days that respond to a served list.
    """

    products: int
    facts: int
    users: int
    interactions: int
    timed: int
    titles: int
    descriptions: int
    chinese: int
    events: int
    timed_events: int
    queries: int
    reviews: int
    review_texts: int
    passages: int
    chinese_passages: int
    served: int
    credited: int


@dataclass(frozen=True)
class NewChoices:
    """What one shopper chose for the first time in a period.

    Attributes:
        since: time of the shopper's first interaction, in seconds since 1970, −1 if one has none.
        first: time of the first choice by product key, in seconds since 1970.
        responded: keys of the products that a served list led to.
    """

    since: int
    first: Mapping[str, int]
    responded: frozenset[str]


def count_training_data(
    connection: Connection, snapshot: GraphSnapshot, after: datetime
) -> TrainingContents:
    """Count what there is to learn from.

    Args:
        connection: connection to the graph.
        snapshot: snapshot of the graph.
        after: time from which credited clicks count.
    """
    [row] = connection.read("count_training_data", after=after)
    times = snapshot.interaction_times
    return TrainingContents(
        products=len(snapshot.products),
        facts=sum(len(table) for table in snapshot.facts.values()),
        users=len(snapshot.users),
        interactions=len(snapshot.interaction_users),
        timed=0 if times is None else int((times >= 0).sum()),
        **row,
    )


def export_past(connection: Connection, snapshot: GraphSnapshot, until: datetime) -> GraphSnapshot:
    """Return a snapshot with the interactions as they were at a time.

    Products and facts are those of today: of what they were then only parts are known.

    Args:
        connection: connection to the graph.
        snapshot: snapshot of today.
        until: time; interactions without a time count as earlier.
    """
    index = {key: n for n, key in enumerate(snapshot.products)}
    users, pairs, times = read_interactions(connection, index, until)
    past = replace(
        snapshot,
        users=users,
        interaction_users=pairs[0],
        interaction_products=pairs[1],
        interaction_times=times if (times >= 0).any() else None,
    )
    return replace(past, data_hash=snapshot_hash(past))


def read_new_choices(
    connection: Connection, after: datetime, until: datetime
) -> dict[str, NewChoices]:
    """Return what shoppers chose for the first time in a period, by the shopper's key."""
    rows = connection.read(
        "read_new_interactions",
        kinds=list(INTERACTION_KINDS),
        minimum_rating=LIKED_RATING,
        after=after,
        until=until,
    )
    return {
        row["user"]: NewChoices(
            since=row["since"],
            first={key: time for key, time, _ in row["products"]},
            responded=frozenset(key for key, _, responded in row["products"] if responded),
        )
        for row in rows
    }
