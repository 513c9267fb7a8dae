"""The registry of model kinds: their purpose, their limits, and where their output is stored.

It is data alone, so the store can read it. A kind is learned by the embedding job in the module of
`catalograph.embed.jobs` with its name, and by the command `catalograph embed NAME`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from catalograph.errors import NotPublishedError
from catalograph.schema.suggest import did_you_mean
from catalograph.schema.vectors import Slot, vector_property

TUNED_KEY = "tuned"
"""Configuration key of tuned values: results of the training, so they do not trigger a new one."""

PRIVACY_KEY = "privacy"
"""Configuration key of ε, δ and relations of a version that learned with differential privacy."""

Holds = Literal["vectors", "values", "edges", "artefact"]
Use = Literal[
    "search",
    "second stage",
    "recommendations",
    "related products",
    "complements",
    "facets",
    "popular lists",
    "completion",
    "duplicates",
    "missing facts",
    "doubtful facts",
    "passages",
    "other kinds",
    "analysis",
]
"""What the output of a kind is read for, in the order of tables."""


class KindReader(NamedTuple):
    """A place in the code that reads what a kind has published; evaluations do not count."""

    use: Use
    place: str
    """Dotted path of a module or a statement, without `catalograph`."""


@dataclass(frozen=True)
class ModelKindSpec:
    """Specification of one kind of model.

    Attributes:
        name: value of `Model.kind`; also the name of its job's module and of its command.
        holds: kind of output: vectors, one value a node, edges between products, or an artefact: a
            folder of files under `home`, of which the graph holds the hash.
        purpose: use of its output, shown on the model card.
        limits: known limitations, shown on the model card.
        labels: labels of the nodes that carry its vectors or values.
        relations: types of its edges: first those between products that it learns, last those that
            hold what it learned from.
        from_users: whether it learns from user behaviour, so that erasing a user makes it stale.
        marked: whether each vector is stored with a hash of its inputs.
        stores_diagonal: whether, besides its edges, each product stores the diagonal entry that
            places a new product without a new training.
        default: whether `embed all` and the demo learn it.
        from_models: whether it learns from the output of other kinds, so after them.
        readers: the places that read its output.
        lost: why no answer of the API reads its output: what does so instead, and by how much that
            is better where it was measured.
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
    readers: tuple[KindReader, ...] = ()
    lost: str = ""

    @property
    def indexed_label(self) -> str:
        """Label of the nodes whose vectors have an index."""
        return "Product" if "Product" in self.labels else self.labels[0]

    def properties(self, slot: Slot) -> tuple[str, ...]:
        """Return the node properties that a slot of this kind fills; readers use the first one."""
        if self.holds == "artefact" or (self.holds == "edges" and not self.stores_diagonal):
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


PASSAGE_KIND = "passage"
CHINESE_PASSAGE_KIND = "passage_zh"
"""Kind for Chinese passages, where the encoder of the others does not read Chinese."""

_NAMED = ("Product", "Brand", "Category", "Value")
_PASSAGE_LIMITS = (
    "Only as much of a passage is read as the model takes; what comes later is ignored.",
    "A question finds passages in its own language alone, unless the model reads several.",
)
_ISOLATED = "A product that shares nothing with any other gets no vector."
_NO_TEXT = "Titles and descriptions play no part."
_QUERIES = "store.cypher.queries"
_ANALYSIS = "store.analyst.queries"
_CONTENDS = KindReader("recommendations", "embed.contenders")
_BY_CHANCE = (
    "on the demo's validation, which chance explains as well, so it is no part (model card of "
    "`embed preference`)."
)

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
            readers=(
                KindReader("search", f"{_QUERIES}.search_products"),
                KindReader("second stage", "embed.jobs.ranker"),
                KindReader("recommendations", "embed.preference"),
                KindReader("related products", f"{_QUERIES}.read_related_products"),
                KindReader("completion", "store.models.imputed"),
                KindReader("duplicates", f"{_QUERIES}.find_alike_by_vector"),
                KindReader("doubtful facts", "store.models.imputed"),
                KindReader("analysis", f"{_ANALYSIS}.alike_by_text"),
            ),
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
            readers=(
                _CONTENDS,
                KindReader("other kinds", "embed.gds.similar"),
            ),
            lost="In lists as a whole to `preference` without it: no significant gain on the demo. "
            "For new products it is a part there, NDCG@10 of .018 on validation against .002.",
        ),
        ModelKindSpec(
            "node2vec",
            purpose="Finding products that random walks through the graph meet together.",
            limits=(
                _ISOLATED,
                _NO_TEXT,
                "One new fact moves all vectors, so every refresh is a full one.",
            ),
            readers=(_CONTENDS,),
            lost="To `preference` without it: NDCG@10 of .106 with it and .100 without "
            + _BY_CHANCE,
        ),
        ModelKindSpec(
            "hashgnn",
            purpose="Structure vectors of few distinct numbers, quick to make on large graphs.",
            limits=(_ISOLATED, _NO_TEXT, "Coarser than the structure vectors of FastRP."),
            readers=(_CONTENDS,),
            lost="To `preference` without it: NDCG@10 of .111 with it and .100 without "
            + _BY_CHANCE,
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
            readers=(
                KindReader("facets", f"{_QUERIES}.read_communities"),
                KindReader("facets", "store.queries.projection.facet_counts"),
                KindReader("facets", "store.queries.projection.fields"),
            ),
        ),
        ModelKindSpec(
            "pagerank",
            holds="values",
            purpose="Telling central products, brands, categories and values from marginal ones.",
            limits=("Central is not good: much of it is the number of facts and shoppers.",),
            labels=_NAMED,
            readers=(
                KindReader("second stage", "store.queries.projection.fields"),
                KindReader("popular lists", f"{_QUERIES}.read_trending"),
                KindReader("popular lists", f"{_QUERIES}.read_recommendations"),
            ),
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
            lost="Against the vector index of texts, for products that nobody has chosen: its "
            "neighbours by `structure` rank them with NDCG@10 of .170, those by texts with .162, "
            "errors of .012 each, on a split of the demo. The index follows each new vector, "
            "while edges are as old as their training.",
        ),
        ModelKindSpec(
            "kge",
            purpose="Scoring facts: which brand, category or value a product may well have.",
            limits=(
                "A high score is a guess, not a fact; nothing of it is asserted.",
                "Nodes that came after the training have no vector until the next one.",
            ),
            labels=_NAMED,
            readers=(KindReader("missing facts", "embed.facts.predict"), _CONTENDS),
            lost="As a part of recommendations not measured: with the usual settings its training "
            "takes longer than `CATALOGRAPH_EMBED__CONTENDER_SECONDS`, so it does not contend.",
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
            readers=(_CONTENDS,),
            lost="Against `preference`: NDCG@10 of 8.29 % against 10.38 % on Amazon Beauty, after "
            "15 minutes of training and not converged (`catalograph eval recommend DIR --models "
            "kg-ease,relational-attention`).",
        ),
        ModelKindSpec(
            "preference",
            holds="edges",
            purpose="Recommending with exact reasons: what an interaction does to other products.",
            limits=(
                "Only the strongest edges of a product are kept.",
                "It learns which products shoppers interact with, not why.",
            ),
            relations=("CO_PREFERRED", "COMPLEMENTED_BY", "JUDGED_ON"),
            stores_diagonal=True,
            default=True,
            readers=(
                KindReader("recommendations", f"{_QUERIES}.read_recommendations"),
                KindReader("recommendations", "store.queries.artefact_ranking"),
                KindReader("related products", f"{_QUERIES}.read_related_products"),
                KindReader("complements", f"{_QUERIES}.read_complementary_products"),
                KindReader("analysis", f"{_ANALYSIS}.why_recommended"),
                KindReader("analysis", f"{_ANALYSIS}.cold_products"),
            ),
        ),
        ModelKindSpec(
            PASSAGE_KIND,
            purpose="Finding passages of documents that answer a question in other words.",
            limits=_PASSAGE_LIMITS,
            labels=("Passage",),
            from_users=False,
            readers=(KindReader("passages", "store.queries.passages"),),
        ),
        ModelKindSpec(
            CHINESE_PASSAGE_KIND,
            purpose="The same for Chinese passages, by an encoder of their own.",
            limits=_PASSAGE_LIMITS,
            labels=("Passage",),
            from_users=False,
            readers=(KindReader("passages", "store.queries.passages"),),
        ),
        ModelKindSpec(
            "ranker",
            holds="artefact",
            purpose="Ranking the best candidates of a search as the shop's own log favours.",
            limits=(
                "It ranks what the first stage found; it finds nothing more.",
                "It learns from what was shown: products that never were have no clicks.",
                "Only servers that can read the artefact's folder rank by it.",
            ),
            labels=(),
            readers=(KindReader("second stage", f"{_QUERIES}.search_products"),),
        ),
    )
}
"""All known kinds, by name."""

PREDICTED = "predicted"
"""Name of the part of preference weights that rests on imputed facts."""

TITLE = "title"
"""Name of the part of preference weights that rests on common words of titles."""

THIN = ":thin"
"""End of the name of a part that counts fully for shoppers with thin histories alone; for others, a
trace of it does. The name before it is that of the part that it adds to."""

CONTENDERS = tuple(
    kind.name
    for kind in MODEL_KINDS.values()
    if kind.holds == "vectors" and not kind.from_users and "Product" in kind.labels
)
"""Kinds of vectors whose likeness of products may become a part of recommendations, which the
`preference` job decides on interactions that it holds out. Vectors that learned from interactions
have seen those, so that nothing fair can be said of them; see `LEARNED_AGAIN`."""

LEARNED_AGAIN = tuple(
    kind.name
    for kind in MODEL_KINDS.values()
    if kind.holds == "vectors" and kind.from_users and "Product" in kind.labels
)
"""Kinds of vectors that contend as well, by vectors that the `preference` job learns again for each
split without what is held out, where their training is short enough for that."""

ALIKE = (*CONTENDERS, *LEARNED_AGAIN)
"""Names of the parts of preference weights that come from the likeness of vectors."""
