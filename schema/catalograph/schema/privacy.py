"""What the graph keeps to protect shoppers: the privacy budget, and who read personal data.

A model with differential privacy learns from public relations and from counts with noise. Public
are the facts that a catalogue states of its products; co-purchase lists are not, although a
catalogue may state them: they are aggregates of shoppers, which ε does not cover.
"""

from enum import StrEnum

from catalograph.schema.graph_types import NodeType, PropertySpec, PropertyType

PUBLIC_RELATIONS = (
    "HAS_BRAND",
    "IN_CATEGORY",
    "HAS_VALUE",
    "COMPATIBLE_WITH",
    "PART_OF",
    "USED_FOR",
)
"""Relations whose facts say something of products and nothing of shoppers."""

SHOPPER_AGGREGATES = ("ALSO_BOUGHT", "ALSO_VIEWED", "BOUGHT_TOGETHER")
"""Relations whose facts are counted from what shoppers did, by whoever made the catalogue."""

BUDGET_KEY = "privacy-budget:shoppers"
"""Key of the one budget of a graph."""


class Purpose(StrEnum):
    """What a shopper's data may be used for."""

    TRAINING = "training"
    """Models learn from them."""
    PERSONALISATION = "personalisation"
    """The shopper's own lists follow from them."""


PRIVACY_NODES = (
    NodeType(
        "PrivacyBudget",
        "How much all releases about shoppers may tell of one of them, and what was spent.",
        "`privacy-budget:shoppers`",
        (
            PropertySpec(
                "epsilon", PropertyType.FLOAT, "ε that all releases together may cost.",
                required=True, minimum=0,
            ),
            PropertySpec(
                "delta", PropertyType.FLOAT, "δ at which ε is counted.",
                required=True, minimum=0, maximum=1,
            ),
            PropertySpec(
                "multipliers", PropertyType.FLOAT_LIST,
                "Noise multiplier of each release, in order.", required=True,
            ),
            PropertySpec(
                "releases", PropertyType.STRING_LIST,
                "Time, kind of model and ε of each release, as JSON, in order.", required=True,
            ),
        ),
    ),
    NodeType(
        "DataAccess",
        "A read of the personal data of a shopper; kept for a time.",
        "`data-access:<random>`",
        (
            PropertySpec("time", PropertyType.DATETIME, "When.", required=True),
            PropertySpec(
                "reader", PropertyType.STRING, "Who read: name of a key or subject of a token.",
                required=True, max_length=500,
            ),
            PropertySpec("field", PropertyType.STRING, "By what it was read.", required=True),
            PropertySpec("user", PropertyType.STRING, "Key of the shopper.", required=True),
        ),
    ),
)  # fmt: skip
"""Node types of this module."""
