"""Nodes that the API writes for itself: what it served, answered, and must look at again."""

from catalograph.schema.graph_types import NodeType, PropertySpec, PropertyType

_S, _I, _T, _SL = (
    PropertyType.STRING,
    PropertyType.INTEGER,
    PropertyType.DATETIME,
    PropertyType.STRING_LIST,
)

SERVICE_NODES = (
    NodeType(
        "Served",
        "One list of recommendations or of a search as shown; it names no user.",
        "`served:<id>`",
        (
            PropertySpec("surface", _S, "Which field of the API served it.", required=True),
            PropertySpec("time", _T, "When.", required=True),
            PropertySpec("items", _SL, "Product keys in the order shown.", required=True),
            PropertySpec("query", _S, "Search words of a search, without personal data."),
            PropertySpec(
                "first", _I, "Place of its first item in the whole list, from 0.", minimum=0
            ),
            PropertySpec(
                "placed_by", _SL, "Of an interleaved list: key of the version of each item."
            ),
        ),
    ),
    NodeType(
        "Request",
        "A mutation that was sent with an idempotency key, and its answer, for a day or so.",
        "`request:<hash of the sender, the mutation and the idempotency key>`",
        (
            PropertySpec("input", _S, "Hash of its input.", required=True),
            PropertySpec("holder", _S, "Which try works on it, or has.", required=True),
            PropertySpec("claimed", _T, "When that try began.", required=True),
            PropertySpec("expires", _T, "When it is forgotten.", required=True),
            PropertySpec(
                "answer", _S, "The answer as JSON, once there is one.", max_length=1_000_000
            ),
            PropertySpec("users", _SL, "Users whom it is about, so that erasing finds it."),
        ),
    ),
    NodeType(
        "OutboxEntry",
        "A transaction that changed products, for the caches of the API, for some minutes.",
        "`outbox:<random>`",
        (
            PropertySpec("time", _I, "When, in milliseconds since 1970.", required=True, minimum=0),
            PropertySpec("products", _SL, "Keys of the products; absent where it may be any."),
        ),
    ),
)
