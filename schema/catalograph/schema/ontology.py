"""What the graph may hold: node types, relation types, their properties and allowed patterns.

Neo4j Community enforces uniqueness only, so this is what the write gate (`schema.check`) enforces.
`docs/data-model.md` is generated from the values below.
"""

from enum import StrEnum

from catalograph.schema import fact_wording as wording
from catalograph.schema.additional_types import ADDITIONAL_NODES, ADDITIONAL_RELATIONS
from catalograph.schema.commerce import COMMERCE_NODES, MAX_PRICE, PRODUCT_PROPERTIES
from catalograph.schema.graph_types import (
    FactWording,
    NodeType,
    Ontology,
    PropertySpec,
    PropertyType,
    RelationType,
)
from catalograph.schema.service import SERVICE_NODES, SERVICE_RELATIONS


class EventKind(StrEnum):
    """What a shopper did."""

    QUERY = "query"
    VIEW = "view"
    CLICK = "click"
    CART = "cart"
    PURCHASE = "purchase"
    REVIEW = "review"
    SHARE = "share"
    LIKE = "like"
    DISMISS = "dismiss"


class Origin(StrEnum):
    """How an assertion came to be; asserted facts never mix with guessed ones."""

    ASSERTED = "ASSERTED"
    """A column of a feed says it."""
    EXTRACTED = "EXTRACTED"
    """An extractor read it in a text."""
    IMPUTED = "IMPUTED"
    """A model supposes it."""


class Sentiment(StrEnum):
    """What a review thinks of an aspect."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled back"


_S, _I, _F, _B = (
    PropertyType.STRING,
    PropertyType.INTEGER,
    PropertyType.FLOAT,
    PropertyType.BOOLEAN,
)
_MAX_MONEY = MAX_PRICE
_MAX_LEVELS = 20
"""Levels of a category; published taxonomies have up to ten."""
_T, _SL, _FL = PropertyType.DATETIME, PropertyType.STRING_LIST, PropertyType.FLOAT_LIST


def _p(name: str, type_: PropertyType, doc: str, **limits: object) -> PropertySpec:
    return PropertySpec(name, type_, doc, **limits)  # type: ignore[arg-type]


def _fact(
    name: str,
    doc: str,
    *patterns: tuple[str, str],
    wording: FactWording,
    along: bool = False,
) -> RelationType:
    """Return a relation of facts; `resolve compress` may move a fact's only support to its edge."""
    inline = (
        _p("extractor", _S, "Which code read it, where its only support is stored here."),
        _p("version", _S, "Version of that."),
        _p("original", _S, "The value as the record writes it, where it was normalised."),
        _p("rule", _S, "Rule that normalised it."),
        _p("said", _S, "The tail as the record spells it; tabs between the parts."),
    )
    return RelationType(name, doc, patterns, inline, asserted=True, along=along, wording=wording)


_CONTENT_HASH = _p("content_hash", _S, "Hash of the record; equal means unchanged.", required=True)
_RUN = _p("run", _S, "Run that wrote it last.")

ONTOLOGY = Ontology(
    nodes=(
        NodeType(
            "Product",
            "Something that is or was on sale.",
            "`product:<source>:<id in that source>`",
            (
                _p("source", _S, "Name of the catalogue it is numbered in.", required=True),
                _p("id", _S, "Its id there.", required=True),
                _p("listed", _B, "False: known by name only; not in search.", required=True),
                _p("title", _S, "Title.", max_length=2_000),
                _p("description", _S, "Description, plain text.", max_length=100_000),
                _p(
                    "price",
                    _F,
                    "Price in `currency`, at most 10¹².",
                    minimum=0,
                    maximum=_MAX_MONEY,
                ),
                _p("currency", _S, "ISO 4217 code of `price`.", max_length=3),
                _p(
                    "sale_price",
                    _F,
                    "Reduced price in `currency`, where there is one, at most 10¹².",
                    minimum=0,
                    maximum=_MAX_MONEY,
                ),
                _p("availability", _S, "Whether it can be had, in the catalogue's word."),
                _p("gtins", _SL, "Global trade item numbers, 14 digits each, checked."),
                _p("mpn", _S, "The maker's number for it: model or part number."),
                _p("group", _S, "Id of the group of variants it belongs to in that source."),
                _p(
                    "url",
                    _S,
                    "Page of the product, an absolute http or https address.",
                    max_length=2_000,
                    address=True,
                ),
                _p(
                    "image_url",
                    _S,
                    "Picture of the product, an absolute http or https address.",
                    max_length=2_000,
                    address=True,
                ),
                *PRODUCT_PROPERTIES,
                _p("released", _T, "When it came on the market."),
                _p("popularity", _F, "Popularity as the catalogue states it.", minimum=0),
                _p("changed", _T, "When a run last changed what it says or what is said of it."),
                _p("search_brands", _SL, "Names of its brands, for full text; from its edges."),
                _p("search_values", _SL, "Its attributes with their values, likewise."),
            ),
        ),
        NodeType(
            "Brand",
            "A brand or maker.",
            "`brand:<name>`",
            (
                _p("name", _S, "In the best spelling seen: mixed case, then by letter."),
                _p("variants", _B, "Records spell it differently; each support has its own."),
            ),
        ),
        NodeType(
            "Category",
            "A place in a category tree; catalogues meet where paths are equal.",
            "`category:<segment>/<segment>/…`",
            (
                _p("name", _S, "Last segment."),
                _p("path", _SL, "All segments, from the root; at most 20.", max_items=_MAX_LEVELS),
                _p("variants", _B, "Records spell it differently; each support has its own."),
            ),
        ),
        NodeType(
            "Attribute",
            "A kind of value, such as colour.",
            "`attribute:<name>`",
            (_p("name", _S, "Name."),),
        ),
        NodeType(
            "Value",
            "A value of an attribute.",
            "`value:<attribute>=<value>`",
            (
                _p("attribute", _S, "Name of the attribute.", required=True),
                _p("name", _S, "The value as text, unit included.", required=True),
                _p("number", _F, "The value as a number, where it is one."),
                _p("unit", _S, "Unit of `number`."),
                _p("variants", _B, "Records spell it differently; each support has its own."),
            ),
        ),
        NodeType(
            "User",
            "A shopper, by pseudonym.",
            "`user:<source>:<HMAC-SHA256 of the id>`",
            (
                _p("source", _S, "Where the id comes from.", required=True),
                _p("changed", _T, "When something they did was last written or taken away."),
                _p("sessions", _SL, "Keys of the sessions that were merged into it at a login."),
                _p("refused", _SL, "Purposes that they refused: training, personalisation."),
                _p("agreed", _SL, "Purposes that they agreed to."),
            ),
        ),
        NodeType(
            "Review",
            "A shopper's words on a product. It is a record, so it is its own Source.",
            "`review:<source>:<id>`",
            (
                _p("source", _S, "Where it was written.", required=True),
                _p("id", _S, "Its id there, made of user and product where there is none."),
                _CONTENT_HASH,
                _p("rating", _F, "Stars.", minimum=0, maximum=10),
                _p("title", _S, "Headline.", max_length=2_000),
                _p("text", _S, "Text.", max_length=100_000),
                _p("time", _T, "When it was written."),
                _p("verified", _B, "Whether the purchase was verified."),
                _p("helpful", _I, "Readers who found it helpful.", minimum=0),
                _RUN,
            ),
        ),
        NodeType(
            "Event",
            "Something a shopper did. It is a record, so it is its own Source.",
            "`event:<source>:<id>`",
            (
                _p("source", _S, "Where it happened.", required=True),
                _p("id", _S, "Its id there.", required=True),
                _CONTENT_HASH,
                _p(
                    "kind",
                    _S,
                    "What was done.",
                    required=True,
                    choices=frozenset(EventKind),
                ),
                _p("time", _T, "When."),
                _p("query", _S, "Search words, for kind `query`."),
                _p(
                    "value",
                    _F,
                    "Money or amount, where the source tells it.",
                    minimum=-_MAX_MONEY,
                    maximum=_MAX_MONEY,
                ),
                _RUN,
            ),
        ),
        NodeType(
            "Source",
            "One record of a feed.",
            "`source:<source>:<kind>/<id>`",
            (
                _p("source", _S, "Name of the feed.", required=True),
                _CONTENT_HASH,
                _RUN,
            ),
        ),
        NodeType(
            "Assertion",
            "A triple that at least one source supports.",
            "`assertion:<key of the head><tab><relation><tab><key of the tail>`",
        ),
        NodeType(
            "Cluster",
            "Products that are one and the same thing, or that somebody says are not.",
            "`cluster:<hash of the kind and the first member, or of all where they are not>`",
            (
                _p(
                    "kind",
                    _S,
                    "What it says of its members: the same, not the same, to be decided, the same "
                    "by a person's decision.",
                    required=True,
                    choices=frozenset({"same", "apart", "aside", "together"}),
                ),
                _p("reason", _S, "Why, where it is not the same."),
            ),
        ),
        NodeType(
            "Change",
            "What a record said before a run changed it, so that the run can be rolled back.",
            "`change:<run>/<hash of the record's key>`",
            (
                _p("run", _S, "Run that changed it.", required=True),
                _p("record", _S, "Key of the record.", required=True),
                _p("previous", _S, "Run that had written what was changed."),
                _p("user", _S, "Key of the user who was named, so that erasing finds it."),
                _p("before", _S, "The record as JSON.", required=True, max_length=10_000_000),
            ),
        ),
        *COMMERCE_NODES,
        *SERVICE_NODES,
        *ADDITIONAL_NODES,
        NodeType(
            "Run",
            "One ingest, the roll-back of one, or one training.",
            "`run:<id>`",
            (
                _p("kind", _S, "What ran.", required=True),
                _p("status", _S, "Where it stands.", choices=frozenset(RunStatus)),
                _p("arguments", _S, "What it was called with, as JSON.", max_length=100_000),
                _p("started", _T, "When it began."),
                _p("beat", _T, "When it was last heard of."),
                _p("finished", _T, "When it ended; absent when it was killed."),
                _p("progress", _S, "How far it has come, as JSON."),
                _p("counts", _S, "Its report as JSON."),
                _p("error", _S, "Why it failed.", max_length=10_000),
                _p("cancel", _B, "Whether it was asked to stop."),
                _p("process", _S, "Host and process it runs in."),
                _p("pruned", _B, "Whether it is too old to be rolled back."),
            ),
        ),
        NodeType(
            "Model",
            "One version of an embedding or recommender, with its model card.",
            "`model:<kind>:<version>`",
            (
                _p("kind", _S, "What was learned: text, structure, preference, …", required=True),
                _p("version", _I, "Counts up within a kind.", required=True, minimum=1),
                _p("live", _B, "Whether readers use it.", required=True),
                _p("slot", _S, "Slot of its vectors and the like.", choices=frozenset({"a", "b"})),
                _p("index", _S, "Name of its vector index."),
                _p("dimension", _I, "Length of its vectors.", minimum=1),
                _p("encoder", _S, "Encoder that made its vectors of passages."),
                _p("parts", _SL, "What the parts of its edges stand for, in order."),
                _p("half_life_days", _F, "How soon an interaction counts half as much.", minimum=0),
                _p(
                    "decay_visits",
                    _F,
                    "After how many later visits an interaction counts e times less.",
                    minimum=0,
                ),
                _p(
                    "diversity",
                    _F,
                    "Weight of dissimilarity in its lists, where the client gives none.",
                    minimum=0,
                    maximum=1,
                ),
                _p("thin_products", _I, "Most products in a thin history.", minimum=1),
                _p("thin_factors", _FL, "What its parts are multiplied by for these."),
                _p("config", _S, "Configuration as JSON.", max_length=100_000),
                _p("data_hash", _S, "Hash of the snapshot it learned from."),
                _p("metrics", _S, "Measured quality as JSON.", max_length=100_000),
                _p("created", _T, "When it was published."),
                _p("seconds", _F, "Training time in seconds.", minimum=0),
                _p("stale", _B, "It learned from data that were erased since; retrain it."),
                _p("property", _S, "Node property that its vectors or values are in."),
                _p("purpose", _S, "What its output is good for."),
                _p("limits", _SL, "What it cannot do."),
                _p(
                    "placement",
                    _I,
                    "Number of the last placement before it was written; see GraphState.",
                    minimum=0,
                ),
                _p("counts", _S, "How much there was to learn from, as JSON."),
                _p("versions", _S, "Of the software that made it, as JSON."),
                _p("written", _I, "Vectors, values or edges in its slot.", minimum=0),
                _p("skipped", _S, "How many were not taken, by reason, as JSON."),
                _p("popular", _SL, "Keys of the products most interacted with at its publishing."),
                _p("popular_elsewhere", _FL, "Counted shoppers of each who are not in the graph."),
                _p("shoppers_elsewhere", _I, "How many such shoppers were counted.", minimum=0),
                _p(
                    "communities",
                    _SL,
                    "Of each community with a name: its number, the key of a product of it, the "
                    "keys of the facts that name it; tabs between them.",
                ),
                _p("rival", _S, "Key of the version that it shares lists with in a trial."),
                _p("trial_started", _T, "When that trial began."),
                _p("relations", _SL, "Relations it has a vector of, in order."),
                _p("relation_vectors", _FL, "Those vectors, one after the other."),
                _p("artefact_hash", _S, "Hash of the files of an artefact, which are not here."),
                _p("epsilon", _F, "ε of the release it rests on, if private.", minimum=0),
            ),
        ),
        NodeType(
            "Served",
            "One list of recommendations or of a search as shown; it names no user.",
            "`served:<id>`",
            (
                _p("surface", _S, "Which field of the API served it.", required=True),
                _p("time", _T, "When.", required=True),
                _p("items", _SL, "Product keys in the order shown.", required=True),
                _p("query", _S, "Search words of a search, without personal data."),
                _p("first", _I, "Place of its first item in the whole list, from 0.", minimum=0),
                _p("placed_by", _SL, "Of an interleaved list: key of the version of each item."),
            ),
        ),
        NodeType(
            "Request",
            "A mutation that was sent with an idempotency key, and its answer, for a day or so.",
            "`request:<hash of the sender, the mutation and the idempotency key>`",
            (
                _p("input", _S, "Hash of its input.", required=True),
                _p("holder", _S, "Which try works on it, or has.", required=True),
                _p("claimed", _T, "When that try began.", required=True),
                _p("expires", _T, "When it is forgotten.", required=True),
                _p("answer", _S, "The answer as JSON, once there is one.", max_length=1_000_000),
                _p("users", _SL, "Users whom it is about, so that erasing finds it."),
            ),
        ),
        NodeType(
            "OutboxEntry",
            "A transaction that changed products, for the caches of the API, for some minutes.",
            "`outbox:<random>`",
            (
                _p("time", _I, "When, in milliseconds since 1970.", required=True, minimum=0),
                _p("products", _SL, "Keys of the products; absent where it may be any."),
                _p("place", _I, "Its number; entries are numbered by commit.", minimum=0),
                _p("removed", _SL, "Keys of products that the transaction removed."),
                _p("renamed", _B, "It gave a node that products share another name."),
            ),
        ),
        NodeType(
            "GraphState",
            "The one node that says which schema this graph has.",
            "`graph-state:schema`",
            (
                _p("version", _I, "Last migration applied.", required=True),
                _p("user_secret", _S, "Fingerprint of the key that makes user pseudonyms."),
                _p("imputed", _S, "Whether imputed facts have edges: hide or show."),
                _p("imputed_pending", _B, "True while a change of that is under way."),
                _p("placement", _I, "Number of the last placement of a product.", minimum=0),
                _p("changes", _I, "Number of the last change of products.", minimum=0),
                _p("inlined", _B, "True once `resolve compress` moved supports to edges."),
                _p("consent_required", _B, "True if who said nothing counts as refusing."),
            ),
        ),
    ),
    relations=(
        _fact("HAS_BRAND", "Made or sold by.", ("Product", "Brand"), wording=wording.BRAND),
        _fact("IN_CATEGORY", "Belongs to.", ("Product", "Category"), wording=wording.CATEGORY),
        _fact(
            "HAS_VALUE", "Has this attribute value.", ("Product", "Value"), wording=wording.VALUE
        ),
        _fact(
            "ALSO_BOUGHT",
            "Buyers of the head also bought the tail.",
            ("Product", "Product"),
            along=True,
            wording=wording.ALSO_BOUGHT,
        ),
        _fact(
            "ALSO_VIEWED",
            "Viewers of the head also viewed the tail.",
            ("Product", "Product"),
            wording=wording.ALSO_VIEWED,
        ),
        _fact(
            "BOUGHT_TOGETHER",
            "Bought in one basket.",
            ("Product", "Product"),
            along=True,
            wording=wording.BOUGHT_TOGETHER,
        ),
        _fact(
            "COMPATIBLE_WITH",
            "Works with.",
            ("Product", "Value"),
            ("Product", "Product"),
            wording=wording.COMPATIBLE_WITH,
        ),
        _fact(
            "PART_OF",
            "Belongs to, as a part or an accessory.",
            ("Product", "Value"),
            ("Product", "Product"),
            wording=wording.PART_OF,
        ),
        _fact("USED_FOR", "Serves for.", ("Product", "Value"), wording=wording.USED_FOR),
        RelationType(
            "MENTIONS",
            "A review speaks of an aspect; the review is the record, so its proof is on the edge.",
            (("Review", "Value"),),
            (
                _p("sentiment", _S, "How.", required=True, choices=frozenset(Sentiment)),
                _p("extractor", _S, "Which code read it.", required=True),
                _p("version", _S, "Version of the extractor.", required=True),
                _p("confidence", _F, "0 to 1.", required=True, minimum=0, maximum=1),
                _p("field", _S, "Which text of the review the span is in."),
                _p("start", _I, "First character of the span, from 0.", minimum=0),
                _p("end", _I, "One past the last character of the span.", minimum=0),
            ),
            wording=wording.OPINION,
        ),
        RelationType(
            "JUDGED_ON",
            "Its reviews judge it on an aspect, as the preference model learned it.",
            (("Product", "Value"),),
            (
                _p("slot", _S, "Model slot.", required=True, choices=frozenset({"a", "b"})),
                _p(
                    "weight",
                    _F,
                    "Share of praise minus share of criticism, weighted by rarity; the squares of "
                    "a product add up to 1.",
                    required=True,
                ),
            ),
        ),
        RelationType("DESCRIBES", "Its properties are of it.", (("Source", "Product"),)),
        RelationType(
            "MEMBER_OF",
            "Is one of.",
            (("Product", "Cluster"),),
            (
                _p("score", _F, "Of the best pair that joined it.", required=True, minimum=0),
                _p(
                    "method",
                    _S,
                    "What decided: rules, trees, judge, person, kept (was in the cluster).",
                    required=True,
                ),
                _p("run", _S, "Run that wrote it.", required=True),
            ),
        ),
        RelationType(
            "CHILD_OF", "Narrower than; follows from the key.", (("Category", "Category"),)
        ),
        RelationType("VALUE_OF", "Value of; follows from the key.", (("Value", "Attribute"),)),
        RelationType("WROTE", "Author of.", (("User", "Review"),)),
        RelationType("REVIEWS", "Is about.", (("Review", "Product"),)),
        RelationType("PERFORMED", "Did.", (("User", "Event"),)),
        RelationType("ON", "Was done to.", (("Event", "Product"),)),
        RelationType(
            "RESPONDS_TO",
            "Was done on an item of a served list.",
            (("Event", "Served"),),
            (_p("position", _I, "Place in the list, from 0.", minimum=0),),
        ),
        RelationType("SERVED_BY", "Was computed by.", (("Served", "Model"),)),
        RelationType(
            "SUPPORTED_BY",
            "A record says so; an assertion and its edge live while one of these does.",
            (("Assertion", "Source"),),
            (
                _p("origin", _S, "How it came to be.", required=True, choices=frozenset(Origin)),
                _p("extractor", _S, "Which code read it.", required=True),
                _p("version", _S, "Version of the extractor.", required=True),
                _p("confidence", _F, "0 to 1.", required=True, minimum=0, maximum=1),
                _p("run", _S, "Run that wrote it.", required=True),
                _p("field", _S, "Which text of the record the span is in."),
                _p("start", _I, "First character of the span, from 0.", minimum=0),
                _p("end", _I, "One past the last character of the span.", minimum=0),
                _p("model", _S, "Language model, where one was asked."),
                _p("prompt_hash", _S, "Hash of its prompt."),
                _p("original", _S, "The value as the record writes it, where it was normalised."),
                _p("rule", _S, "Rule that normalised it."),
                _p("said", _S, "The tail as the record spells it; tabs between the parts."),
            ),
        ),
        RelationType(
            "SIMILAR",
            "Is among those that are most alike, by the vectors of another model.",
            (("Product", "Product"),),
            (
                _p("slot", _S, "Model slot.", required=True, choices=frozenset({"a", "b"})),
                _p("score", _F, "0 to 1; 1 is the same vector.", required=True),
            ),
        ),
        RelationType(
            "CO_PREFERRED",
            "An interaction with the head raises the score of the tail by `weight`.",
            (("Product", "Product"),),
            (
                _p("slot", _S, "Model slot.", required=True, choices=frozenset({"a", "b"})),
                _p("weight", _F, "Item-item weight.", required=True),
                _p(
                    "parts", _FL, "The weight split by `Model.parts`; adds up to it.", required=True
                ),
                _p(
                    "shoppers",
                    _I,
                    "Shoppers who had chosen both at the training; absent where not counted.",
                    minimum=0,
                ),
                _p("without", _I, "Those who had chosen the head but not the tail.", minimum=0),
            ),
        ),
        RelationType(
            "COMPLEMENTED_BY",
            "The tail goes with the head, by what fits and what the same shoppers chose.",
            (("Product", "Product"),),
            (
                _p("slot", _S, "Model slot.", required=True, choices=frozenset({"a", "b"})),
                _p("place", _I, "Place among the complements, from 0.", required=True, minimum=0),
                _p("fits", _S, "Key of the name by which the tail fits; absent for others."),
                _p("beside", _S, "Key of the category whose shoppers chose the tail; else absent."),
                _p("share", _F, "Share of those shoppers who did.", minimum=0, maximum=1),
            ),
        ),
        *SERVICE_RELATIONS,
        *ADDITIONAL_RELATIONS,
    ),
)
"""The contract of the graph."""
