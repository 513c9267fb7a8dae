"""The registry of model kinds: their purpose, their limits, and where their output is stored.

It is data alone, so the store can read it. A kind is learned by the embedding job in the module of
`catalograph.embed.jobs` with its name, and by the command `catalograph embed NAME`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from catalograph.errors import NotPublishedError
from catalograph.schema.suggest import did_you_mean
from catalograph.schema.vectors import Slot, vector_property

TUNED_KEY = "tuned"
"""Configuration key of tuned values: results of the training, so they do not trigger a new one."""

Holds = Literal["vectors", "values", "edges"]


@dataclass(frozen=True)
class ModelKindSpec:
    """Specification of one kind of model.

    Attributes:
        name: value of `Model.kind`; also the name of its job's module and of its command.
        holds: kind of output: vectors, one value a node, or edges between products.
        purpose: use of its output, shown on the model card.
        limits: known limitations, shown on the model card.
        labels: labels of the nodes that carry its vectors or values.
        relations: types of its edges; the first are those that `stage_edges` is for.
        from_users: whether it learns from user behaviour, so that erasing a user makes it stale.
        marked: whether each vector is stored with a hash of its inputs.
        stores_diagonal: whether, besides its edges, each product stores the diagonal entry that
            places a new product without a new training.
        default: whether `embed all` and the demo learn it.
        from_models: whether it learns from the output of other kinds, so after them.
    """

    name: str
    holds: Holds = "vectors"
    purpose: str = ""
    limits: tuple[str, ...] = ()
    labels: tuple[str, ...] = ("Product",)
    relations: tuple[str, ...] = ()
    from_users: bool = True
    marked: bool = False
    stores_diagonal: bool = False
    default: bool = False
    from_models: bool = False

    def properties(self, slot: Slot) -> tuple[str, ...]:
        """Return the node properties that a slot of this kind fills; readers use the first one."""
        if self.holds == "edges" and not self.stores_diagonal:
            return ()
        if self.holds != "vectors":
            return (value_property(self.name, slot),)
        marks = (mark_property(self.name, slot),) if self.marked else ()
        return (vector_property(self.name, slot), *marks)


def value_property(kind: str, slot: Slot) -> str:
    """Return the node property that holds this kind of value in this slot."""
    return f"{kind}_{slot}"


def mark_property(kind: str, slot: Slot) -> str:
    """Return the node property with the input hash of this kind of vector in this slot."""
    return f"{kind}_mark_{slot}"


def model_kind(name: str) -> ModelKindSpec:
    """Return the kind of this name.

    Raises:
        NotPublishedError: there is no such kind.
    """
    if name not in MODEL_KINDS:
        raise NotPublishedError(
            f"There is no kind of model '{name}'.{did_you_mean(name, MODEL_KINDS)} Known: "
            f"{', '.join(MODEL_KINDS)}."
        )
    return MODEL_KINDS[name]


_NAMED = ("Product", "Brand", "Category", "Value")
_ISOLATED = "A product that shares nothing with any other gets no vector."
_NO_TEXT = "Titles and descriptions play no part."

MODEL_KINDS: Mapping[str, ModelKindSpec] = {
    kind.name: kind
    for kind in (
        ModelKindSpec(
            "text",
            purpose="Search by meaning and finding products that are described alike.",
            limits=(
                "Only as much of a text is read as the model takes; what comes later is ignored.",
                "A product without title, brand and description gets no vector.",
                "Likeness follows the languages and subjects that the text model was trained on.",
            ),
            from_users=False,
            default=True,
        ),
        ModelKindSpec(
            "structure",
            purpose="Finding products that stand alike in the graph: same brand, values, shoppers.",
            limits=(
                _ISOLATED,
                _NO_TEXT,
                "What is more than four steps away has no influence.",
            ),
            marked=True,
            default=True,
        ),
        ModelKindSpec(
            "node2vec",
            purpose="Finding products that random walks through the graph meet together.",
            limits=(
                _ISOLATED,
                _NO_TEXT,
                "One new fact moves all vectors, so every refresh is a full one.",
            ),
        ),
        ModelKindSpec(
            "hashgnn",
            purpose="Structure vectors of few distinct numbers, quick to make on large graphs.",
            limits=(_ISOLATED, _NO_TEXT, "Coarser than the structure vectors of FastRP."),
        ),
        ModelKindSpec(
            "community",
            holds="values",
            purpose="Grouping what is tied together more closely than with the rest.",
            limits=(
                "The number of a community means nothing and changes from version to version.",
                "Groups much smaller than the rest of the graph may be merged.",
            ),
            labels=_NAMED,
        ),
        ModelKindSpec(
            "pagerank",
            holds="values",
            purpose="Telling central products, brands, categories and values from marginal ones.",
            limits=("Central is not good: much of it is the number of facts and shoppers.",),
            labels=_NAMED,
        ),
        ModelKindSpec(
            "knn",
            holds="edges",
            purpose="Walking from a product to its nearest ones without a search.",
            limits=(
                "As good as the vectors it was made from, and as old.",
                "The search is approximate: a near product may be missed.",
            ),
            relations=("SIMILAR",),
            from_models=True,
        ),
        ModelKindSpec(
            "kge",
            purpose="Scoring facts: which brand, category or value a product may well have.",
            limits=(
                "A high score is a guess, not a fact; nothing of it is asserted.",
                "Nodes that came after the training have no vector until the next one.",
            ),
            labels=_NAMED,
        ),
        ModelKindSpec(
            "graph",
            purpose="Finding products that shoppers of one taste and like facts lead to.",
            limits=(
                _NO_TEXT,
                "A product that shares nothing with others keeps its random first vector.",
                "Trained from random vectors: another seed gives other ones of like quality.",
                "Stopped at a time limit, the vectors depend on the speed of the machine.",
                "It gives no reasons, and every refresh is a full training.",
            ),
        ),
        ModelKindSpec(
            "preference",
            holds="edges",
            purpose="Recommending with exact reasons: what an interaction does to other products.",
            limits=(
                "Only the strongest edges of a product are kept.",
                "It learns which products shoppers interact with, not why.",
            ),
            relations=("CO_PREFERRED", "COMPLEMENTED_BY"),
            stores_diagonal=True,
            default=True,
        ),
    )
}
"""All known kinds, by name."""
